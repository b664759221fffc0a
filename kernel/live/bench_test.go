package live_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// BenchmarkPost is what a door pays: a function onto the loop, by one caller
// that waits for its effect, and by many goroutines that do not.
func BenchmarkPost(b *testing.B) {
	h := open(b, live.Config{Name: "a"})
	serve(b, h, "node", &actor{})
	b.Run("answered", func(b *testing.B) {
		b.ReportAllocs()
		done := make(chan struct{}, 1)
		answer := func(node.Node) { done <- struct{}{} }
		for b.Loop() {
			h.Do("node", answer)
			<-done
		}
	})
	b.Run("answered/parallel=256", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(128)
		b.RunParallel(func(pb *testing.PB) {
			done := make(chan struct{}, 1)
			answer := func(node.Node) { done <- struct{}{} }
			for pb.Next() {
				h.Do("node", answer)
				<-done
			}
		})
	})
	b.Run("posted/parallel=256", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(128)
		nothing := func(node.Node) {}
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				h.Do("node", nothing)
			}
		})
	})
}

// BenchmarkDurable is the group commit: callers that each append a record of
// 256 bytes and wait until they may be answered.
func BenchmarkDurable(b *testing.B) {
	for _, syncs := range []int{1, 2} {
		for _, callers := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("syncs=%d/callers=%d", syncs, callers), func(b *testing.B) {
				durable(b, syncs, callers)
			})
		}
	}
}

func durable(b *testing.B, syncs, callers int) {
	bounds := live.DefaultBounds()
	bounds.Syncs = syncs
	h := open(b, live.Config{Name: "a", Bounds: bounds})
	serve(b, h, "node", &actor{})
	record := make([]byte, 256)
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() { appendAndWait(h, record, func() bool { return left.Add(-1) >= 0 }) })
	}
	wg.Wait()
	b.StopTimer()
	s := h.Stats().Commit
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(s.Records)/float64(s.Sync.Count()), "records/sync")
	b.ReportMetric(float64(s.Sync.Sum.Microseconds())/float64(s.Sync.Count()), "µs/sync")
}

func appendAndWait(h *live.Host, record []byte, more func() bool) {
	done := make(chan struct{}, 1)
	wake := func() { done <- struct{}{} }
	post := func(n node.Node) {
		env := n.(*actor).env
		env.Log("log").Append(record)
		env.Durable(wake)
	}
	for more() {
		h.Do("node", post)
		<-done
	}
}

// BenchmarkEcho sends words of 256 bytes to and fro between two hosts over
// loopback, with so many on their way at once.
func BenchmarkEcho(b *testing.B) {
	for _, window := range []int{1, 16, 1000} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			hosts := cluster(b, live.Config{Bounds: live.DefaultBounds()}, "a", "b")
			serve(b, hosts["b"], "echo", echo())
			toAndFro(b, hosts["a"], "b/echo", window)
		})
	}
	b.Run("local/window=1000", func(b *testing.B) {
		h := open(b, live.Config{Name: "a"})
		serve(b, h, "echo", echo())
		toAndFro(b, h, "a/echo", 1000)
	})
}

func toAndFro(b *testing.B, h *live.Host, to node.Addr, window int) {
	left, out := b.N, 0
	done := make(chan struct{})
	word := &Word{Bulk: make([]byte, 256)}
	client := &actor{receive: func(env node.Env, _ node.Addr, _ *Word) {
		if out--; left > 0 {
			left--
			out++
			env.Send(to, word)
		} else if out == 0 {
			close(done)
		}
	}}
	serve(b, h, "client", client)
	b.ReportAllocs()
	b.ResetTimer()
	h.Do("client", func(n node.Node) {
		for ; left > 0 && out < window; out++ {
			left--
			n.(*actor).env.Send(to, word)
		}
	})
	<-done
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "trips/s")
}

// BenchmarkTimer is a heartbeat's work: a deadline that moves further out.
func BenchmarkTimer(b *testing.B) {
	h := open(b, live.Config{Name: "a"})
	serve(b, h, "node", &actor{})
	do(b, h, "node", func(env node.Env) {
		timers := make([]node.Timer, 1000)
		for i := range timers {
			timers[i] = env.Timer(func() {})
			timers[i].Reset(patience)
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			timers[i%len(timers)].Reset(patience)
		}
	})
}
