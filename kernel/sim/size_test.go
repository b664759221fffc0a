package sim_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

func TestSchedulerAllocatesNothingPerEvent(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{Delay: sim.Uniform(ms, 5*ms), Loss: 0.01, Duplicate: 0.01, Reorder: 0.5}})
	w.Host("b").Serve("x", func() node.Node { return &bouncer{} })
	w.Host("a").Serve("x", func() node.Node { return &bouncer{peer: "b/x", load: 500} })
	w.Host("c").Serve("x", func() node.Node { return ticker{} })
	w.Run(100 * ms)
	if n := testing.AllocsPerRun(20_000, func() { w.Step() }); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

func TestAHundredThousandIdleHostsFit(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some hundred megabytes")
	}
	const hosts, limit = 100_000, 2 << 30
	before := heapInUse()
	w := sim.New(sim.Config{Seed: 1})
	for i := range hosts {
		serve(w, "h"+itoa(i), func(a *actor) {
			a.env.Timer(func() {}).Reset(time.Hour)
			a.env.Send(node.Join("h"+itoa((i+1)%hosts), "x"), &say{})
			a.env.Send(node.Join("h"+itoa((i+hosts/2)%hosts), "x"), &say{})
		}, nil)
	}
	w.Run(time.Second)
	used := heapInUse() - before
	t.Logf("%d bytes a host", used/hosts)
	if used > limit {
		t.Errorf("%d hosts with a timer and two links each take %d MiB", hosts, used>>20)
	}
	runtime.KeepAlive(w)
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
