package page

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleysystems/parley/serve/host"
)

// metric is one number of a host's status.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*host.Status) float64
}

func gauge(name, help string, of func(*host.Status) float64) metric {
	return metric{prometheus.NewDesc("parley_"+name, help, []string{"host"}, nil), prometheus.GaugeValue, of}
}

func counter(name, help string, of func(*host.Status) float64) metric {
	return metric{prometheus.NewDesc("parley_"+name, help, []string{"host"}, nil), prometheus.CounterValue, of}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// collector turns statuses into metrics when somebody asks.
type collector struct {
	hosts   Source
	metrics []metric
}

func newCollector(hosts Source) *collector {
	return &collector{hosts, []metric{
		gauge("up", "1 if the host runs and answers.", func(s *host.Status) float64 { return truth(s.Failure == "") }),
		gauge("has_leader", "1 if the host knows a leader.", func(s *host.Status) float64 { return truth(s.Serving()) }),
		gauge("is_leader", "1 if the host leads.", func(s *host.Status) float64 { return truth(s.Serving() && s.Leader == s.Name) }),
		gauge("epoch", "Number of the leadership: Raft's term.", func(s *host.Status) float64 { return float64(s.Epoch) }),
		gauge("committed_index", "Last command known to be decided.", func(s *host.Status) float64 { return float64(s.Committed) }),
		gauge("applied_index", "Last command executed here.", func(s *host.Status) float64 { return float64(s.Applied) }),
		gauge("proposals_waiting", "Proposals without a result yet.", func(s *host.Status) float64 { return float64(s.Waiting) }),
		gauge("store_revision", "Revision of the store.", func(s *host.Status) float64 { return float64(s.Revision) }),
		gauge("store_keys", "Keys that exist.", func(s *host.Status) float64 { return float64(s.Keys) }),
		gauge("store_bytes", "Bytes of all versions kept.", func(s *host.Status) float64 { return float64(s.Bytes) }),
		gauge("store_leases", "Leases that run.", func(s *host.Status) float64 { return float64(s.Leases) }),
		gauge("store_watchers", "Watchers on this host.", func(s *host.Status) float64 { return float64(s.Watchers) }),
		counter("log_syncs_total", "Batches of the log made durable.", func(s *host.Status) float64 { return float64(s.Syncs) }),
		gauge("log_sync_p99_seconds", "Time of all but the slowest hundredth of syncs, since the start.", func(s *host.Status) float64 { return s.SyncP99.Seconds() }),
		counter("messages_dropped_total", "Messages to other hosts that were given up.", dropped),
	}}
}

func dropped(s *host.Status) (sum float64) {
	for _, l := range s.Links {
		sum += float64(l.Dropped)
	}
	return sum
}

func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		out <- m.desc
	}
}

func (c *collector) Collect(out chan<- prometheus.Metric) {
	for _, s := range c.hosts(context.Background()) {
		for _, m := range c.metrics {
			out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.of(&s), s.Name)
		}
	}
}
