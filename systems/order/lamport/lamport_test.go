package lamport_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/order/lamport"
)

// Two processes exchange two messages; every stamp is the length of the longest
// chain of events that leads to its event.
func Example() {
	var p, q lamport.Clock
	send := p.Tick()               // p: an event that sends
	q.Tick()                       // q: two events of its own
	busy := q.Tick()               //
	received, _ := q.Receive(send) // q has seen more than p
	answer := q.Tick()
	back, _ := p.Receive(answer) // p has not
	fmt.Println(send, busy, received, answer, back)
	// Output: 1 2 3 4 5
}

// IR1 and IR2 as properties: a clock only goes forward, and past what it hears.
func TestReadingsGoForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c lamport.Clock
		for range rapid.IntRange(1, 50).Draw(t, "events") {
			before := c.Now()
			if !rapid.Bool().Draw(t, "receives") {
				if now := c.Tick(); now != before+1 {
					t.Fatalf("%d after %d", now, before)
				}
				continue
			}
			stamp := lamport.Time(rapid.Uint64Range(0, 1<<40).Draw(t, "stamp"))
			now, err := c.Receive(stamp)
			if err != nil || now <= before || now <= stamp || now != c.Now() {
				t.Fatalf("%d (%v) after %d and a message of %d", now, err, before, stamp)
			}
		}
	})
}

func TestStampsAreTotallyOrdered(t *testing.T) {
	stamp := rapid.Custom(func(t *rapid.T) lamport.Stamp {
		return lamport.Stamp{
			Time:    lamport.Time(rapid.Uint64Range(0, 4).Draw(t, "time")),
			Process: lamport.Process(rapid.Uint32Range(0, 4).Draw(t, "process")),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := stamp.Draw(t, "a"), stamp.Draw(t, "b"), stamp.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) || a.Less(b) != (a.Compare(b) < 0) {
			t.Fatalf("%v and %v compare as %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Less(b) && b.Less(c) && !a.Less(c) {
			t.Fatalf("%v < %v < %v is not transitive", a, b, c)
		}
	})
	sorted := []lamport.Stamp{{2, 1}, {1, 2}, {1, 1}}
	slices.SortFunc(sorted, lamport.Stamp.Compare)
	if got := fmt.Sprint(sorted); got != "[1.1 1.2 2.1]" {
		t.Error(got)
	}
}

func TestAStampThatNoClockShowsIsRefused(t *testing.T) {
	c := lamport.At(7)
	if _, err := c.Receive(lamport.Limit); err == nil || c.Now() != 7 {
		t.Errorf("error %v, clock at %d", err, c.Now())
	}
}

func TestClocksAllocateNothing(t *testing.T) {
	var c lamport.Clock
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Receive(c.Tick()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClock(b *testing.B) {
	var c lamport.Clock
	for b.Loop() {
		_, _ = c.Receive(c.Tick())
	}
}
