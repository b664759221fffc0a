package etcd

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Calls is how many calls clients made and how long they took, since the start.
// Streams count when they end.
type Calls struct {
	Count uint64 `json:"count"`
	// Within[i] is the number of calls that took at most 100 microseconds times
	// 2 to the power of i; those that took longer are in Count only.
	Within []uint64 `json:"within"`
}

// Calls sums up all methods.
func (s *Server) Calls() (sum Calls) {
	s.metrics.methods.Range(func(_, of any) bool {
		var m dto.Metric
		if h, is := of.(*method).latency.(prometheus.Histogram); !is || h.Write(&m) != nil {
			return true
		}
		sum.Count += m.Histogram.GetSampleCount()
		for i, b := range m.Histogram.Bucket {
			if i == len(sum.Within) {
				sum.Within = append(sum.Within, 0)
			}
			sum.Within[i] += b.GetCumulativeCount()
		}
		return true
	})
	return sum
}
