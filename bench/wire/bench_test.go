package wire_test

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkEncode and BenchmarkDecode report the time of each codec by itself.
func BenchmarkEncode(b *testing.B) { each(b, encoders) }
func BenchmarkDecode(b *testing.B) { each(b, decoders) }

func each(b *testing.B, operations func(subject) []operation) {
	for _, s := range subjects() {
		for _, o := range operations(s) {
			b.Run(s.name+"/"+o.codec, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := o.run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRatio takes turns: in each round every codec runs for a moment, and
// its time is divided by that of the peer in the same round. The median over
// the rounds stands even on a machine that does other things beside.
func BenchmarkRatio(b *testing.B) {
	for _, s := range subjects() {
		b.Run("Encode/"+s.name, func(b *testing.B) { ratios(b, encoders(s)) })
		b.Run("Decode/"+s.name, func(b *testing.B) { ratios(b, decoders(s)) })
	}
}

func ratios(b *testing.B, operations []operation) {
	samples := make(map[string][]float64)
	for b.Loop() {
		round := make(map[string]float64)
		for _, o := range operations {
			round[o.codec] = float64(moment(b, o))
		}
		for codec, t := range round {
			samples[codec] = append(samples[codec], t/round[peer])
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, o := range operations {
		if o.codec != peer {
			b.ReportMetric(median(samples[o.codec]), o.codec)
		}
	}
}

// moment runs an operation a fixed number of times.
func moment(b *testing.B, o operation) time.Duration {
	const times = 200
	start := time.Now()
	for range times {
		if err := o.run(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
