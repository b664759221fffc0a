package flp

import "fmt"

// Adversary is the scheduler of the proof of Theorem 1. It never lets a
// configuration become univalent, and yet everybody takes steps and all messages
// are received: processes stand in a queue; in each stage the first of them gets
// its oldest message, or nothing if there is none, after whatever else is needed to
// stay bivalent, and goes to the end of the queue.
type Adversary struct {
	C   *Configuration // where it has come to
	Run Schedule       // how
	// Stages holds how many events each stage took.
	Stages []int

	queue []Process
}

// NewAdversary begins in a bivalent configuration.
func NewAdversary(c *Configuration) *Adversary {
	a := &Adversary{C: c}
	for p := range Process(c.n) {
		a.queue = append(a.queue, p)
	}
	return a
}

// searched bounds the configurations that a stage looks at.
const searched = 5000

// Stage makes the next stage. The error says that none was found.
func (a *Adversary) Stage() error {
	p := a.queue[0]
	e := Event{P: p, Message: a.C.Oldest(p)}
	s, c := a.extend(e)
	if c == nil {
		return fmt.Errorf("flp: no schedule of the %d nearest that ends in %v is seen to stay bivalent", searched, e)
	}
	a.C, a.Run, a.Stages = c, append(a.Run, s...), append(a.Stages, len(s))
	a.queue = append(a.queue[1:], p)
	return nil
}

// extend finds a shortest schedule that ends in e, has no other e, and leads to a
// bivalent configuration (Lemma 3).
func (a *Adversary) extend(e Event) (Schedule, *Configuration) {
	type place struct {
		c    *Configuration
		from int
		by   Event
	}
	places, seen := []place{{c: a.C, from: -1}}, map[key]bool{a.C.key(): true}
	for i := 0; i < len(places) && len(places) < searched; i++ {
		//parley:rule flp.proof.staying-bivalent force=true
		if c, ok := places[i].c.Apply(e); ok && Outcomes(c) == Bivalent {
			var s Schedule
			for at := i; places[at].from >= 0; at = places[at].from {
				s = append(Schedule{places[at].by}, s...)
			}
			return append(s, e), c
		}
		for _, other := range places[i].c.Events() {
			if other.String() == e.String() {
				continue
			}
			next, _ := places[i].c.Apply(other)
			if k := next.key(); !seen[k] {
				seen[k] = true
				places = append(places, place{next, i, other})
			}
		}
	}
	return nil, nil
}

// patience bounds a run that is hoped to decide, in events.
const patience = 200

// Outcomes returns decisions that can be reached, at least: those of runs that
// prefer one process to another, in every order, and leave some out.
func Outcomes(c *Configuration) Values {
	found := c.Decisions()
	for _, order := range orders(c.n) {
		if found == Bivalent {
			break
		}
		found |= c.run(order).Decisions()
	}
	return found
}

// run lets the first in the order take a step who has something to do, until
// somebody decides.
func (c *Configuration) run(order []Process) *Configuration {
	for range patience {
		if c.Decisions() != Nothing {
			break
		}
		e, idle := c.urgent(order)
		if idle {
			break
		}
		c, _ = c.Apply(e)
	}
	return c
}

func (c *Configuration) urgent(order []Process) (e Event, idle bool) {
	for _, p := range order {
		if m := c.Oldest(p); m != nil {
			return Event{p, m}, false
		}
		if next, sent := c.local[p].Step(nil); next != c.local[p] || len(sent) > 0 {
			return Event{P: p}, false
		}
	}
	return Event{}, true
}

// orders returns all sequences of two or more different processes.
func orders(n int) [][]Process {
	var all [][]Process
	var extend func(prefix []Process)
	extend = func(prefix []Process) {
		if len(prefix) > 1 {
			all = append(all, append([]Process(nil), prefix...))
		}
	next:
		for p := range Process(n) {
			for _, q := range prefix {
				if q == p {
					continue next
				}
			}
			extend(append(prefix, p))
		}
	}
	extend(nil)
	return all
}
