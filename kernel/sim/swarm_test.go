package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
)

func TestSwarmPlansAreReadableAndEndBeforeTheRunDoes(t *testing.T) {
	kinds := map[string]int{}
	for seed := range uint64(500) {
		hosts := sim.SwarmHosts(seed, 1, 5)
		length := []time.Duration{100 * ms, 500 * ms, 5 * time.Second, time.Minute}[seed%4]
		plan := sim.Swarm(seed, hosts, length)
		again, err := sim.Parse(plan.String())
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, plan)
		}
		if again.String() != plan.String() {
			t.Fatalf("seed %d: printed\n%sread back\n%s", seed, plan, again)
		}
		w := sim.New(sim.Config{Seed: seed})
		for _, name := range hosts {
			w.Host(name)
		}
		if err := w.Apply(plan); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, f := range plan {
			if f.From >= length*4/5 || f.To > length*4/5 {
				t.Errorf("seed %d: %s is too late", seed, f)
			}
			kinds[strings.TrimSuffix(strings.Fields(f.Action.String())[0], ";")]++
		}
	}
	for _, kind := range strings.Fields("crash power-loss restart pause partition loss duplicate delay step drift disk") {
		if kinds[kind] == 0 {
			t.Errorf("no swarm of 500 has a %s", kind)
		}
	}
}

func TestKnobsKeepWithinBoundsAndReachThem(t *testing.T) {
	low, high, choices := 0, 0, map[string]int{}
	for seed := range uint64(1000) {
		k := sim.NewKnobs(seed)
		n := k.Int("batch", 1, 256)
		d := k.Duration("timeout", time.Millisecond, time.Second)
		if n < 1 || n > 256 || d < time.Millisecond || d > time.Second {
			t.Fatalf("seed %d: %s", seed, k)
		}
		if n == 1 {
			low++
		}
		if n == 256 {
			high++
		}
		choices[sim.Choose(k, "engine", "raft", "paxos")]++
		if other := sim.NewKnobs(seed); other.Duration("timeout", time.Millisecond, time.Second) != d {
			t.Fatalf("seed %d: a knob depends on those drawn before it", seed)
		}
	}
	if low < 100 || high < 100 || len(choices) != 2 {
		t.Errorf("1 was drawn %d times of 1000, 256 %d times, choices %v", low, high, choices)
	}
}
