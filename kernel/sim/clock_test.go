package sim_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

func TestStepMovesNowAndNeitherElapsedNorTimers(t *testing.T) {
	w := sim.New(sim.Config{})
	var fired time.Duration
	a := serve(w, "a", func(a *actor) {
		a.env.Timer(func() { fired = w.Now() }).Reset(10 * time.Second)
	}, nil)
	w.Run(5 * time.Second)
	w.Host("a").Clock().Step(-time.Hour)
	w.Run(20 * time.Second)
	if fired != 10*time.Second {
		t.Errorf("a timer of 10s fired at %v", fired)
	}
	do(w, a, func(a *actor) {
		if got := a.env.Now().Sub(w.Time()); got != -time.Hour {
			t.Errorf("Now is ahead by %v", got)
		}
		if got := a.env.Elapsed(); got != w.Now() {
			t.Errorf("Elapsed is %v at %v", got, w.Now())
		}
	})
}

func TestDriftChangesNowElapsedAndTimers(t *testing.T) {
	w := sim.New(sim.Config{})
	var fired []time.Duration
	a := serve(w, "a", func(a *actor) {
		a.env.Timer(func() { fired = append(fired, w.Now()) }).Reset(20 * time.Second)
		a.env.Timer(func() { fired = append(fired, w.Now()) }).Reset(100 * time.Second)
	}, nil)
	w.Run(10 * time.Second)
	w.Host("a").Clock().Drift(100_000) // a tenth fast, with timers armed
	w.Run(11 * time.Second)
	do(w, a, func(a *actor) {
		want := 10*time.Second + 12100*ms
		if got := a.env.Elapsed(); got != want {
			t.Errorf("Elapsed is %v, want %v", got, want)
		}
		if got := w.Host("a").Clock().Offset(); got != want-21*time.Second {
			t.Errorf("the clock is ahead by %v", got)
		}
	})
	w.Host("a").Clock().Drift(-500_000)
	w.Run(10 * time.Minute)
	// 20 s of its own: 10 true ones and 10/1.1. 100 s: what is left at 21 s
	// true (22.1 s of its own) passes at half the speed.
	want := []time.Duration{19_090_909_091, 21*time.Second + 2*77_900*ms}
	if len(fired) != 2 || fired[0] != want[0] || fired[1] != want[1] {
		t.Errorf("timers fired at %v, want %v", fired, want)
	}
}

func TestElapsedNeverGoesBackWhateverIsDoneToTheClock(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := sim.New(sim.Config{Seed: seed})
		last := time.Duration(-1)
		timers := 0
		serve(w, "a", func(a *actor) {
			var timer node.Timer
			armed, length := time.Duration(0), time.Duration(0)
			timer = a.env.Timer(func() {
				now := a.env.Elapsed()
				if now < last {
					t.Fatalf("seed %d: Elapsed went from %v to %v", seed, last, now)
				}
				if now < armed+length {
					t.Fatalf("seed %d: a timer of %v fired after %v", seed, length, now-armed)
				}
				timers++
				last, armed, length = now, now, time.Duration(r.Int64N(int64(time.Second)))
				timer.Reset(length)
			})
			timer.Reset(0)
		}, nil)
		clock := w.Host("a").Clock()
		for range 100 {
			w.Run(time.Duration(r.Int64N(int64(3 * time.Second))))
			if r.IntN(2) == 0 {
				clock.Step(time.Duration(r.Int64N(int64(time.Hour))) - time.Hour/2)
			} else {
				clock.Drift(r.IntN(1_000_001) - 500_000)
			}
		}
		if timers < 50 {
			t.Errorf("seed %d: the timer fired %d times only", seed, timers)
		}
	}
}

func TestTimersFireAfterTheLatestResetAndNotAfterStop(t *testing.T) {
	w := sim.New(sim.Config{})
	var fired []time.Duration
	var timer node.Timer
	a := serve(w, "a", func(a *actor) {
		timer = a.env.Timer(func() { fired = append(fired, w.Now()) })
		timer.Reset(10 * ms)
	}, nil)
	w.Run(5 * ms)
	do(w, a, func(*actor) { timer.Reset(10 * ms) }) // later
	w.Run(20 * ms)
	do(w, a, func(*actor) { timer.Reset(10 * ms); timer.Reset(2 * ms) }) // earlier
	w.Run(20 * ms)
	do(w, a, func(*actor) { timer.Reset(10 * ms); timer.Stop() })
	w.Run(20 * ms)
	do(w, a, func(*actor) { timer.Reset(-1) })
	w.Run(0)
	if len(fired) != 3 || fired[0] != 15*ms || fired[1] != 27*ms || fired[2] != 65*ms {
		t.Errorf("fired at %v", fired)
	}
}
