package sim_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

type ping struct{ Hops int }

// bouncer sends every message back to where it came from.
type bouncer struct {
	env  node.Env
	peer node.Addr
	load int
}

func (b *bouncer) Start(env node.Env) {
	b.env = env
	for range b.load {
		env.Send(b.peer, &ping{})
	}
}

func (b *bouncer) Receive(from node.Addr, m node.Message) {
	m.(*ping).Hops++
	b.env.Send(from, m)
}

// ticker resets its timer whenever it fires.
type ticker struct{}

func (ticker) Start(env node.Env) {
	var t node.Timer
	t = env.Timer(func() { t.Reset(time.Millisecond) })
	t.Reset(time.Millisecond)
}
func (ticker) Receive(node.Addr, node.Message) {}

func BenchmarkBareMessages(b *testing.B) {
	for _, load := range []int{1, 100, 5000} {
		b.Run("in flight "+itoa(load), func(b *testing.B) {
			w := sim.New(sim.Config{Seed: 1})
			defer w.Close()
			w.Host("b").Serve("x", func() node.Node { return &bouncer{} })
			w.Host("a").Serve("x", func() node.Node { return &bouncer{peer: "b/x", load: load} })
			w.Run(time.Second)
			b.ReportAllocs()
			for b.Loop() {
				w.Step()
			}
			b.ReportMetric(1e3/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "Mevents/s")
		})
	}
}

// wanderer sends a message to one of sixteen others whenever its timer fires.
type wanderer struct{ others []node.Addr }

func (n *wanderer) Start(env node.Env) {
	var t node.Timer
	sent := 0
	t = env.Timer(func() {
		sent++
		env.Send(n.others[sent%len(n.others)], &ping{})
		t.Reset(time.Second)
	})
	t.Reset(time.Duration(env.Rand().Int64N(int64(time.Second))))
}
func (*wanderer) Receive(node.Addr, node.Message) {}

// BenchmarkLargeWorld is limited by cache misses: its hosts, links and pending
// events take some gigabyte.
func BenchmarkLargeWorld(b *testing.B) {
	const hosts = 100_000
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	for i := range hosts {
		w.Host("h"+itoa(i)).Serve("x", func() node.Node {
			n := &wanderer{}
			for k := range 16 {
				n.others = append(n.others, node.Join("h"+itoa((i+1<<k)%hosts), "x"))
			}
			return n
		})
	}
	w.Run(20 * time.Second)
	b.ReportAllocs()
	for b.Loop() {
		w.Step()
	}
	b.ReportMetric(1e3/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "Mevents/s")
	b.ReportMetric(float64(heapInUse())/(1<<20), "MiB")
}

func BenchmarkBareTimers(b *testing.B) {
	for _, nodes := range []int{1, 100, 5000} {
		b.Run("nodes "+itoa(nodes), func(b *testing.B) {
			w := sim.New(sim.Config{Seed: 1})
			defer w.Close()
			for i := range nodes {
				w.Host("h"+itoa(i)).Serve("x", func() node.Node { return ticker{} })
			}
			w.Run(time.Second)
			b.ReportAllocs()
			for b.Loop() {
				w.Step()
			}
			b.ReportMetric(1e3/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "Mevents/s")
		})
	}
}
