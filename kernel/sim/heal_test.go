package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

func parse(t *testing.T, text string) sim.Plan {
	t.Helper()
	plan, err := sim.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func apply(t *testing.T, w *sim.World, text string) {
	t.Helper()
	if err := w.Apply(parse(t, text)); err != nil {
		t.Fatal(err)
	}
}

// roundTrip returns how long a takes to log, tell b and hear back.
func roundTrip(w *sim.World, a, b node.Addr) time.Duration {
	start, before := w.Now(), heard(w, a)
	do(w, a, func(a *actor) { a.env.Log("log").Append(nil); a.env.Send(b, &say{}) })
	if !w.RunUntil(func() bool { return heard(w, a) > before }, time.Minute) {
		return -1
	}
	return w.Now() - start
}

func TestHealLiftsEverythingForGood(t *testing.T) {
	for _, fault := range []string{
		"at 1s for 2s loss 1 links *", "at 1s delay 10s links *", "at 1s bandwidth 1 links *",
		"at 1s for 2s partition halves a | b", "at 1s partition one-way b -> a",
		"at 1s for 2s step clock a +1h", "at 1s for 2s drift clock a -100ppm", "at 1s drift clock a +400000ppm",
		"at 1s for 2s disk a fsync 200ms", "at 1s disk * full 0", "at 1s for 2s disk a fail-sync",
		"at 1s crash a", "at 1s crash b; restart after 10m", "at 1s power-loss", "at 1s for 2s pause a",
		"at 2500ms crash a", "on write of a crash", "from 2s to 1h on send of * for 1s partition isolate it",
	} {
		w := sim.New(sim.Config{Link: fixed(ms), Fsync: sim.Constant(ms)})
		a, b := serve(w, "a", nil, nil), serve(w, "b", nil, echo)
		apply(t, w, fault)
		w.Run(1500 * ms)
		do(w, a, func(a *actor) { a.env.Log("log").Append(make([]byte, 1<<20)) })
		w.Run(500 * ms)
		w.Heal()
		for range 3 {
			if got := roundTrip(w, a, b); got != 3*ms {
				t.Errorf("%s: %v after healing, a round trip takes %v (a %v, b %v)", fault,
					w.Now(), got, w.Host("a").Err(), w.Host("b").Err())
			}
			if wrong := w.Host("a").Clock().Offset(); wrong != 0 {
				t.Errorf("%s: %v after healing, a's clock is wrong by %v", fault, w.Now(), wrong)
			}
			w.Run(700 * ms)
		}
	}
}

func TestOverlappingFaultsAddUpAndLiftOneByOne(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms), Fsync: sim.Constant(ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, echo)
	apply(t, w, `
		at 1s for 4s disk * fsync 10ms
		at 2s for 1s disk a fsync 20ms
		at 1s for 4s delay 5ms links a -> b
		at 2s for 1s delay 7ms links *
		at 1s for 4s step clock a +1h
		at 2s for 1s step clock a -1m`)
	for i, want := range []struct{ trip, wrong time.Duration }{
		{3 * ms, 0},
		{10*ms + 5*ms + ms, time.Hour},
		{20*ms + 14*ms, 59 * time.Minute},
		{16 * ms, time.Hour},
		{16 * ms, time.Hour},
		{3 * ms, 0},
	} {
		w.RunUntil(func() bool { return false }, time.Duration(i)*time.Second+100*ms-w.Now())
		if got := roundTrip(w, a, b); got != want.trip {
			t.Errorf("at %v a round trip takes %v, want %v", w.Now(), got, want.trip)
		}
		if got := w.Host("a").Clock().Offset(); got != want.wrong {
			t.Errorf("at %v a's clock is ahead by %v, want %v", w.Now(), got, want.wrong)
		}
	}
}

func TestTriggersStrikeWhereTheyAim(t *testing.T) {
	for _, c := range []struct {
		fault string
		heard int  // what b hears of the message behind the append
		kept  bool // whether the record is certainly there after the restart
	}{
		{"on fsync of a crash", 0, true},
		{"on send of a crash", 1, true},
		{"on send sim_test.say of a crash", 1, true},
		{"on write of a crash", 0, false},
		{`on note "log" of * crash it`, 0, false},
	} {
		lost := 0
		for seed := range uint64(30) {
			w := sim.New(sim.Config{Seed: seed, Link: fixed(ms)})
			a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
			apply(t, w, c.fault+"\non send sim_test.other of * crash it\non note \"dog\" of * crash")
			do(w, a, func(a *actor) {
				a.env.Log("log").Append([]byte("r"))
				a.env.Note("logged")
				a.env.Send(b, &say{})
			})
			w.Run(10 * ms)
			if w.Host("a").Up() || !w.Host("b").Up() {
				t.Fatalf("%s: a is up: %v, b: %v", c.fault, w.Host("a").Up(), w.Host("b").Up())
			}
			if got := heard(w, b); got != c.heard {
				t.Errorf("%s: b heard %d messages, want %d", c.fault, got, c.heard)
			}
			w.Heal()
			do(w, a, func(a *actor) {
				if a.env.Log("log").Next() == 1 {
					lost++
				}
			})
		}
		if (lost == 0) != c.kept {
			t.Errorf("%s: the record was lost in %d of 30 runs", c.fault, lost)
		}
	}
}

func TestPowerLossTakesAllHostsAtOnceAndTheirCaches(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
	apply(t, w, "at 1s power-loss; restart after 500ms")
	w.Run(1400 * ms)
	if w.Host("a").Up() || w.Host("b").Up() || w.Host("a").Err() != nil {
		t.Error("somebody has power, or takes its loss for a fault of its own")
	}
	w.Run(200 * ms)
	if w.Node(a) == nil || w.Node(b) == nil {
		t.Error("somebody did not come back")
	}
}

func TestConvergeAsksLessAndLessOftenAndMissesNothingThatStays(t *testing.T) {
	w := sim.New(sim.Config{})
	defer w.Close()
	w.Host("a").Serve("s", func() node.Node { return &restless{} })
	asked := 0
	after := func(d time.Duration) func() error {
		return func() error {
			if asked++; w.Now() < d {
				return fmt.Errorf("only %v", w.Now())
			}
			return nil
		}
	}
	if err := w.Converge(after(time.Second), time.Minute); err != nil || w.Now() > time.Second+ms {
		t.Errorf("at %v: %v", w.Now(), err)
	}
	if events := w.Events(); asked < 1000 || uint64(asked) > events/20 {
		t.Errorf("asked %d times in %d events", asked, events)
	}
	if err := w.Converge(after(time.Minute), 10*ms); err == nil || w.Now() > time.Second+12*ms {
		t.Errorf("at %v: %v", w.Now(), err)
	}
}
