package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

// arrivals sends n messages from a to b, one every interval, and returns when
// which arrived.
func arrivals(w *sim.World, n int, interval time.Duration) map[int][]time.Duration {
	got := map[int][]time.Duration{}
	b := serve(w, "b", nil, func(_ *actor, _ node.Addr, m *say) { got[m.N] = append(got[m.N], w.Now()) })
	a := serve(w, "a", nil, nil)
	for i := range n {
		w.At(time.Duration(i)*interval, func() {
			do(w, a, func(a *actor) { a.env.Send(b, &say{N: i}) })
		})
	}
	w.Run(time.Duration(n)*interval + time.Minute)
	return got
}

func TestLossAndDuplicationHappenAtTheirRates(t *testing.T) {
	got := arrivals(sim.New(sim.Config{Seed: 3, Link: sim.Link{Delay: sim.Constant(ms), Loss: 0.2, Duplicate: 0.1}}), 10_000, ms)
	twice := 0
	for _, times := range got {
		if len(times) == 2 {
			twice++
		}
	}
	if len(got) < 7800 || len(got) > 8200 {
		t.Errorf("%d of 10000 messages arrived at a loss of 0.2", len(got))
	}
	if twice < 650 || twice > 950 {
		t.Errorf("%d of %d messages arrived twice at a rate of 0.1", twice, len(got))
	}
}

func TestLinksKeepOrderUnlessTheyReorder(t *testing.T) {
	overtaken := func(reorder float64) (n int) {
		w := sim.New(sim.Config{Seed: 5, Link: sim.Link{Delay: sim.Uniform(0, 10*ms), Reorder: reorder}})
		got := arrivals(w, 1000, ms)
		for i := 1; i < 1000; i++ {
			if got[i][0] < got[i-1][0] {
				n++
			}
		}
		return n
	}
	if n := overtaken(0); n != 0 {
		t.Errorf("%d messages were overtaken on an ordered link", n)
	}
	few, many := overtaken(0.05), overtaken(1)
	if few == 0 || many <= few {
		t.Errorf("%d were overtaken at a rate of 0.05, %d at 1", few, many)
	}
}

func TestBandwidthQueuesAndDropsWhatDoesNotFit(t *testing.T) {
	const size, rate = 1000, 100_000 // 10 ms a message
	w := sim.New(sim.Config{Link: sim.Link{Delay: sim.Constant(ms), Bandwidth: rate, Queue: 5500}})
	var times []time.Duration
	b := serve(w, "b", nil, func(_ *actor, _ node.Addr, m *say) { times = append(times, w.Now()) })
	a := serve(w, "a", nil, nil)
	do(w, a, func(a *actor) {
		for range 20 {
			a.env.Send(b, &say{Text: strings.Repeat("x", size-7)})
		}
	})
	w.Run(time.Second)
	if len(times) != 5 {
		t.Fatalf("%d messages of a burst passed a queue for five", len(times))
	}
	for i, at := range times {
		want := time.Duration(i+1)*10*ms + ms
		if at < want-ms/2 || at > want+ms/2 {
			t.Errorf("message %d arrived at %v, want about %v", i, at, want)
		}
	}
	do(w, a, func(a *actor) { a.env.Send(b, &say{}) })
	w.Run(time.Second)
	if len(times) != 6 {
		t.Error("nothing passes after the queue has drained")
	}
}

// reach tells who hears whom: one line a host.
func reach(w *sim.World, hosts []string) string {
	heard := map[[2]string]bool{}
	for _, to := range hosts {
		if w.Host(to).Up() && w.Node(node.Join(to, "x")) == nil {
			serve(w, to, nil, func(_ *actor, from node.Addr, _ *say) { heard[[2]string{from.Host(), to}] = true })
		}
	}
	for _, from := range hosts {
		do(w, node.Join(from, "x"), func(a *actor) {
			for _, to := range hosts {
				a.env.Send(node.Join(to, "x"), &say{})
			}
		})
	}
	w.Run(time.Second)
	var b strings.Builder
	for _, from := range hosts {
		b.WriteString(from + ":")
		for _, to := range hosts {
			if heard[[2]string{from, to}] && from != to {
				b.WriteString(to)
			}
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestPartitionsCutWhatTheirShapeSays(t *testing.T) {
	hosts := strings.Split("a b c d e", " ")
	for _, c := range []struct{ shape, want string }{
		{"halves a,b | c,d,e", "a:b b:a c:de d:ce e:cd"},
		{"halves a | b | c,d", "a:e b:e c:de d:ce e:abcd"},
		{"bridge a,b | c | d,e", "a:bc b:ac c:abde d:ce e:cd"},
		{"ring a,b,c,d,e", "a:be b:ac c:bd d:ce e:ad"},
		{"isolate b,d", "a:ce b: c:ae d: e:ac"},
		{"one-way a,b -> c", "a:bde b:ade c:abde d:abce e:abcd"},
		{"one-way * -> a", "a:bcde b:cde c:bde d:bce e:bcd"},
	} {
		w := sim.New(sim.Config{Seed: 1})
		for _, name := range hosts {
			w.Host(name)
		}
		plan, err := sim.Parse("at 0s for 10s partition " + c.shape)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Apply(plan); err != nil {
			t.Fatal(err)
		}
		w.Run(0)
		if got := reach(w, hosts); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.shape, got, c.want)
		}
	}
}

func TestHealedCutsCarryMessagesAgain(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(10 * ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
	send := func() { do(w, a, func(a *actor) { a.env.Send(b, &say{}) }) }
	send()
	w.Run(5 * ms)
	heal := w.Cut(sim.Isolate("b"))
	w.Run(10 * ms)
	if heard(w, b) != 0 {
		t.Error("a cut link delivered what was on its way")
	}
	send()
	heal()
	w.Run(20 * ms)
	if heard(w, b) != 0 {
		t.Error("what was sent into a cut arrived after it was healed")
	}
	send()
	w.Run(20 * ms)
	if heard(w, b) != 1 {
		t.Error("a healed link does not deliver")
	}
}

func TestShapesOverrideByPatternAndFaultsAddToThem(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	w.Shape("a", "*", fixed(7*ms))
	w.Shape("a", "c", fixed(20*ms))
	at := map[string]time.Duration{}
	for _, name := range []string{"b", "c"} {
		serve(w, name, nil, func(*actor, node.Addr, *say) { at[name] = w.Now() })
	}
	a := serve(w, "a", nil, nil)
	do(w, a, func(a *actor) {
		a.env.Send("b/x", &say{})
		a.env.Send("c/x", &say{})
	})
	w.Run(time.Second)
	if at["b"] != 7*ms || at["c"] != 20*ms {
		t.Errorf("arrived at b after %v, at c after %v", at["b"], at["c"])
	}
}
