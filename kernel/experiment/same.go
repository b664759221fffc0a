package experiment

import (
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// step is what events of two runs has in common if they are the same.
type step struct {
	at          time.Duration
	kind        trace.Kind
	place, peer node.Addr
	what        string
}

// byMove tells whether what shows the violation is the last move of a small world,
// which ends there.
func (n *narrower) byMove() bool { return n.e.small != nil && n.shown.Kind != trace.Violation }

func (n *narrower) stepOf(e *trace.Event) step {
	s := step{e.At, e.Kind, e.Place, e.Peer, e.What}
	if e.Kind == trace.Violation {
		s.place = "" // who watches all nodes has it where the event before it was
	}
	if n.e.small != nil {
		s.at = 0 // nothing there depends on the time that has passed
	}
	return s
}

// same tells whether a run shows the violation at the same event, with nothing in
// its past but steps of the whole run.
func (n *narrower) same(r Result, t *trace.Recorder, kept []delivery) (bool, trace.Event) {
	traced := n.shown.Kind == trace.Violation // and what was broken besides afterwards does not matter
	if r.Verdict != check.Violation || !traced && violationKind(r.Violation) != violationKind(n.failed.Violation) {
		return false, trace.Event{}
	}
	shown, ok := n.find(r, t)
	if !ok || n.e.small == nil && arrivedBefore(t, shown.ID) > len(kept) {
		return false, shown // or the experiment would not lose what it is told to lose
	}
	same, used, past := map[trace.ID]trace.ID{shown.ID: n.shown.ID}, map[step]int{}, map[trace.ID]bool{}
	for _, e := range t.Past(shown.ID, t.Len()) {
		past[e.ID] = true
	}
	for e := range Steps(t.Events()) {
		if e.ID >= shown.ID {
			break
		}
		s := n.stepOf(&e)
		switch {
		case used[s] < len(n.steps[s]):
			if past[e.ID] || e.Kind == trace.Receive || n.e.small != nil {
				same[e.ID] = n.steps[s][used[s]]
			}
			used[s]++
		case past[e.ID] && e.Kind != trace.Fault: // but that messages are lost now
			return false, shown
		}
	}
	n.needs.Same = same
	return true, shown
}

// arrivedBefore counts the messages that arrive before an event, each once.
func arrivedBefore(t *trace.Recorder, shown trace.ID) int {
	different := map[delivery]bool{}
	for id, d := range arrivals(t) {
		if id < shown {
			different[d] = true
		}
	}
	return len(different)
}

// find returns the event that shows the violation: the same as in the whole run.
func (n *narrower) find(r Result, t *trace.Recorder) (shown trace.Event, ok bool) {
	if r.Event != 0 {
		shown, ok = t.Event(r.Event)
		return shown, ok && n.stepOf(&shown) == n.stepOf(&n.shown)
	}
	if n.byMove() {
		for e := range Steps(t.Events()) {
			shown = e
		}
		return shown, shown.ID != 0 && n.stepOf(&shown) == n.stepOf(&n.shown)
	}
	for e := range trace.Only(t.Events(), n.shown.Kind) {
		if n.stepOf(&e) == n.stepOf(&n.shown) {
			return e, true
		}
	}
	return shown, false
}
