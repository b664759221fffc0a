package clocktest

import (
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/vector"
)

// none stands for no event.
const none = -1

// Event is one event of an execution and what its process stamped it with.
type Event struct {
	Process int
	Stamp   lamport.Stamp
	Vector  vector.Clock
	// Before is the process's previous event, Sent the send whose message the
	// event received; none if there is none.
	Before, Sent int
	past         set // all events that happened before it
}

// Execution is the events of a run, each after all that happened before it.
type Execution struct {
	Events []Event
	last   []int // event of each process
	limit  int
}

// NewExecution returns an empty one of n processes, which takes up to limit
// events.
func NewExecution(n, limit int) *Execution {
	x := &Execution{limit: limit}
	for range n {
		x.last = append(x.last, none)
	}
	return x
}

// Full tells whether the execution has all the events that it takes; further
// ones are not recorded, nor are their consequences.
func (x *Execution) Full() bool { return len(x.Events) >= x.limit }

// add records an event and returns its number. What happened before it follows
// from Lamport's three conditions, and from no clock.
func (x *Execution) add(process int, now lamport.Time, v vector.Clock, sent int) int {
	n := len(x.Events)
	if x.Full() {
		return x.limit
	}
	e := Event{
		Process: process, Before: x.last[process], Sent: sent,
		Stamp:  lamport.Stamp{Time: now, Process: lamport.Process(process)},
		Vector: v.Clone(), past: newSet(x.limit),
	}
	for _, direct := range []int{e.Before, sent} {
		if direct != none {
			e.past.add(direct)
			//parley:rule logicalclock.happensbefore.relation drop
			e.past.union(x.Events[direct].past)
		}
	}
	x.last[process] = n
	x.Events = append(x.Events, e)
	return n
}

// HappensBefore tells whether event a happened before event b.
func (x *Execution) HappensBefore(a, b int) bool { return x.Events[b].past.has(a) }

// Concurrent tells whether two events are unrelated. No event is so to itself.
func (x *Execution) Concurrent(a, b int) bool {
	return a != b && !x.HappensBefore(a, b) && !x.HappensBefore(b, a)
}

// reaches tells whether a path of direct steps leads from a to b: the relation
// once more, by another way.
func (x *Execution) reaches(a, b int) bool {
	visited := newSet(x.limit)
	var search func(at int) bool
	search = func(at int) bool {
		if at == none || at < a || visited.has(at) {
			return false
		}
		visited.add(at)
		return at == a || search(x.Events[at].Before) || search(x.Events[at].Sent)
	}
	return a != b && search(b)
}

// pairs calls f for every two different events, in both orders, until it
// returns an error.
func (x *Execution) pairs(f func(a, b int) error) error {
	for a := range x.Events {
		for b := range x.Events {
			if a == b {
				continue
			}
			if err := f(a, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// set is a set of small numbers.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(n int)      { s[n/64] |= 1 << (n % 64) }
func (s set) has(n int) bool { return s[n/64]>>(n%64)&1 == 1 }
func (s set) union(t set) {
	for i := range s {
		s[i] |= t[i]
	}
}
