package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

// chatter makes n hosts that each send to a random other one, all the time,
// and returns a transcript: when who heard the how-manieth message of whom.
func chatter(seed uint64, n int, faults string, length time.Duration) map[string]bool {
	w := sim.New(sim.Config{Seed: seed, Link: sim.Link{Delay: sim.Uniform(ms, 5*ms), Reorder: 1, Loss: 0.1, Duplicate: 0.1}})
	defer w.Close()
	heard := map[string]bool{}
	hosts := make([]node.Addr, n)
	for i := range hosts {
		name := string(rune('a' + i))
		hosts[i] = serve(w, name, func(a *actor) {
			sent := 0
			var tick node.Timer
			tick = a.env.Timer(func() {
				sent++
				a.env.Send(hosts[a.env.Rand().IntN(n)], &say{N: sent})
				tick.Reset(ms)
			})
			tick.Reset(0)
		}, func(a *actor, from node.Addr, m *say) {
			heard[fmt.Sprintf("%v %s>%s %d", w.Now(), from.Host(), name, m.N)] = true
		})
	}
	plan, err := sim.Parse(faults)
	if err != nil {
		panic(err)
	}
	if err := w.Apply(plan); err != nil {
		panic(err)
	}
	w.Run(length)
	return heard
}

func TestTakingAFaultAwayLeavesAllOtherDrawsAsTheyWere(t *testing.T) {
	const length = 300 * ms
	with := chatter(1, 4, "loss 0.5 links a -> b\non send of c with 0.01 for 10ms pause it\nduplicate 0.5 links b -> d", length)
	without := chatter(1, 4, "on send of c with 0.01 for 10ms pause it\nduplicate 0.5 links b -> d", length)
	if len(without) < 500 {
		t.Fatalf("only %d messages arrived", len(without))
	}
	added := 0
	for line := range without {
		switch {
		case with[line]:
		case strings.Contains(line, "a>b"):
			added++
		default:
			t.Fatalf("%q changed with the loss from a to b", line)
		}
	}
	for line := range with {
		if !without[line] {
			t.Fatalf("%q is gone without the loss from a to b", line)
		}
	}
	if added == 0 {
		t.Error("the loss lost nothing")
	}
}

func TestOneMoreHostLeavesTheDrawsOfTheOthers(t *testing.T) {
	run := func(extra bool) string {
		w := sim.New(sim.Config{Seed: 9, Link: sim.Link{Delay: sim.Uniform(ms, 5*ms), Loss: 0.2}})
		var log []string
		if extra {
			serve(w, "z", nil, nil)
		}
		b := serve(w, "b", nil, func(a *actor, _ node.Addr, m *say) { log = append(log, fmt.Sprint(w.Now(), m.N)) })
		a := serve(w, "a", nil, nil)
		for i := range 100 {
			do(w, a, func(a *actor) {
				if extra {
					a.env.Send("z/x", &say{})
				}
				a.env.Send(b, &say{N: i})
			})
			w.Run(ms)
		}
		return strings.Join(log, " ")
	}
	if a, b := run(false), run(true); a != b {
		t.Errorf("with another host:\n%s\nwithout:\n%s", b, a)
	}
}

func TestSameSeedSameRunAndOtherSeedOtherRun(t *testing.T) {
	hash := func(seed uint64) uint64 {
		w := sim.New(sim.Config{Seed: seed})
		defer w.Close()
		for _, name := range []string{"a", "b", "c"} {
			serve(w, name, func(a *actor) {
				var tick node.Timer
				tick = a.env.Timer(func() { a.env.Send("a/x", &say{}); a.env.Send("b/x", &say{N: 1}); tick.Reset(ms) })
				tick.Reset(0)
			}, func(a *actor, from node.Addr, m *say) {
				if m.N > 0 && a.env.Rand().IntN(100) > 0 {
					a.env.Send(from, &say{})
				}
			})
		}
		if err := w.Apply(sim.Swarm(seed, []string{"a", "b", "c"}, time.Second)); err != nil {
			t.Fatal(err)
		}
		w.Run(time.Second)
		return w.Hash()
	}
	seen := map[uint64]uint64{}
	for seed := range uint64(50) {
		h := hash(seed)
		if h != hash(seed) {
			t.Fatalf("seed %d gave two different runs", seed)
		}
		if other, found := seen[h]; found {
			t.Errorf("seeds %d and %d gave the same run", other, seed)
		}
		seen[h] = seed
	}
}
