package physical_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/order/physical"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// I1: whatever is slewed and whatever rate is set, time goes forward, and by no
// more than the bounds from the oscillator's.
func TestSlewingNeverRunsBackward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := physical.NewClock(0, epoch)
		var at time.Duration
		shown := epoch
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			gone := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "gone"))
			at += gone
			now := c.Now(at)
			if now.Before(shown) {
				t.Fatalf("%v after %v", now, shown)
			}
			if off := now.Sub(shown) - gone; off.Abs() > gone/1000+2 {
				t.Fatalf("gained %v in %v", off, gone)
			}
			shown = now
			if rapid.Bool().Draw(t, "slew") {
				c.Slew(at, time.Duration(rapid.Int64Range(-int64(time.Second), int64(time.Second)).Draw(t, "offset")))
			} else {
				c.SetFrequency(at, physical.PPB(rapid.Int64Range(-900_000, 900_000).Draw(t, "frequency")))
			}
			if again := c.Now(at); !again.Equal(shown) {
				t.Fatalf("a correction moved the clock from %v to %v", shown, again)
			}
		}
	})
}

func TestASlewIsAbsorbedWholly(t *testing.T) {
	for _, offset := range []time.Duration{100 * time.Millisecond, -100 * time.Millisecond} {
		c := physical.NewClock(0, epoch)
		c.Slew(0, offset)
		const needed = 200 * time.Second // at 500 ppm
		if half := c.Now(needed/2).Sub(epoch) - needed/2; half != offset/2 {
			t.Errorf("halfway %v of %v are absorbed", half, offset)
		}
		for _, at := range []time.Duration{needed, 10 * needed} {
			if off := c.Now(at).Sub(epoch) - at; off != offset || c.Slewing(at) != 0 {
				t.Errorf("after %v %v are absorbed, %v to go", at, off, c.Slewing(at))
			}
		}
	}
}

// I2 for all delays and offsets.
func TestTheOffsetIsWithinHalfOfTheDelay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := func(name string, most int64) time.Duration {
			return time.Duration(rapid.Int64Range(0, most).Draw(t, name))
		}
		true1 := epoch
		there, hold, back := ns("there", 1e9), ns("hold", 1e10), ns("back", 1e9)
		ahead := ns("ahead", 1e12) - 5e11
		e := physical.Exchange{
			T1: true1, T2: true1.Add(there + ahead), T3: true1.Add(there + hold + ahead), T4: true1.Add(there + hold + back),
		}
		if e.Delay() != there+back {
			t.Fatalf("delay %v, the trips took %v", e.Delay(), there+back)
		}
		if wrong, want := e.Offset()-ahead, (there-back)/2; (wrong - want).Abs() > 1 {
			t.Fatalf("offset is wrong by %v, the asymmetry makes %v", wrong, want)
		}
	})
}

// I3, and that the ends are the outermost points which enough intervals share.
func TestAgreeKeepsTheTrueTime(t *testing.T) {
	at := func(n int64) time.Time { return epoch.Add(time.Duration(n)) }
	rapid.Check(t, func(t *rapid.T) {
		var all []physical.Interval
		honest, n := 0, rapid.IntRange(1, 7).Draw(t, "n")
		faulty := rapid.IntRange(0, n-1).Draw(t, "faulty")
		for range n {
			lo := rapid.Int64Range(-10, 10).Draw(t, "lo")
			i := physical.Interval{Earliest: at(lo), Latest: at(lo + rapid.Int64Range(0, 10).Draw(t, "width"))}
			if i.Contains(epoch) {
				honest++
			}
			all = append(all, i)
		}
		agreed, ok := physical.Agree(all, faulty)
		if n-honest <= faulty && (!ok || !agreed.Contains(epoch)) {
			t.Fatalf("%v (%v) misses the true time, as do %d intervals of %d", agreed, ok, n-honest, n)
		}
		var shared []time.Time
		for p := int64(-20); p <= 25; p++ {
			count := 0
			for _, i := range all {
				if i.Contains(at(p)) {
					count++
				}
			}
			if count >= n-faulty {
				shared = append(shared, at(p))
			}
		}
		if ok != (shared != nil) || ok && (!agreed.Earliest.Equal(shared[0]) || !agreed.Latest.Equal(shared[len(shared)-1])) {
			t.Fatalf("%v (%v), by counting %v", agreed, ok, shared)
		}
	})
}
