package live

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTimersFireWhenAndOnlyWhenDue drives the heap with random resets, stops
// and clock steps, beside a list of deadlines.
func TestTimersFireWhenAndOnlyWhenDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h timers
		now := int64(0)
		all := make([]timer, 20)
		deadlines := make([]int64, len(all)) // -1 while stopped
		for i := range all {
			all[i].place, deadlines[i] = -1, -1
		}
		fire := func(again int) {
			for seq := h.seq; ; {
				fired := h.due(now, seq)
				if fired == nil {
					break
				}
				i := indexOf(all, fired)
				if deadlines[i] < 0 || deadlines[i] > now {
					t.Fatalf("timer %d fired at %d, deadline %d", i, now, deadlines[i])
				}
				deadlines[i] = -1
				if deadlines[again] < 0 { // it resets one to zero: that waits for the next round
					h.set(&all[again], now)
					deadlines[again] = now
					if later := h.due(now, seq); later == &all[again] {
						t.Fatalf("timer %d fired in the round that set it", again)
					} else if later != nil {
						deadlines[indexOf(all, later)] = -1
					}
				}
			}
		}
		one := rapid.IntRange(0, len(all)-1)
		t.Repeat(map[string]func(*rapid.T){
			"reset": func(t *rapid.T) {
				i := one.Draw(t, "timer")
				deadlines[i] = now + rapid.Int64Range(0, 50).Draw(t, "delay")
				h.set(&all[i], deadlines[i])
			},
			"stop": func(t *rapid.T) {
				i := one.Draw(t, "timer")
				deadlines[i] = -1
				if all[i].place >= 0 {
					h.remove(all[i].place)
				}
			},
			"pass": func(t *rapid.T) {
				now += rapid.Int64Range(0, 30).Draw(t, "time")
				again := one.Draw(t, "reset to zero")
				fire(again)
				fire(again) // those that moved out and came due meanwhile have their turn
				for i, d := range deadlines {
					if i != again && d >= 0 && d <= now {
						t.Fatalf("timer %d of %d did not fire at %d", i, d, now)
					}
				}
			},
			"": func(t *rapid.T) { checkHeap(t, &h) },
		})
	})
}

func indexOf(all []timer, t *timer) int {
	for i := range all {
		if &all[i] == t {
			return i
		}
	}
	return -1
}

func checkHeap(t *rapid.T, h *timers) {
	for i, e := range h.heap {
		if e.t.place != i || e.when > e.t.deadline {
			t.Fatalf("entry %d: place %d, looked at %d, deadline %d", i, e.t.place, e.when, e.t.deadline)
		}
		if parent := (i - 1) / arity; i > 0 && e.before(h.heap[parent]) {
			t.Fatalf("entry %d is before its parent", i)
		}
	}
}

func TestResettingATimerAllocatesNothing(t *testing.T) {
	l := &loop{}
	a := &timer{loop: l, place: -1}
	a.Reset(1)
	if n := testing.AllocsPerRun(100, func() { a.Reset(5); a.Stop(); a.Reset(2) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
