package player

import (
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
)

// showViolation finds the event that showed a violation if the run did not say:
// the first one traced as such, or the last one of all. A broken invariant may
// have been traced before the panic that ended the run. What a judge found in
// the history only when all was over showed when the answer arrived that fits
// nowhere.
func (r *run) showViolation() {
	s := &r.summary
	if s.Verdict != check.Violation || r.recorder.Len() == 0 {
		s.Shown = 0 // a harness may name the last event of a run that held
		return
	}
	traced := s.Shown != 0
	for e := range trace.Only(r.recorder.Events(), trace.Violation) {
		s.Shown, traced = e.ID, true
		if !strings.HasPrefix(s.Violation, e.What) {
			s.Violation = e.What + "\n" + s.Violation
		}
		break
	}
	if s.Shown == 0 {
		s.Shown = trace.ID(r.recorder.Len())
	}
	if traced && !slices.ContainsFunc(historians, func(judge string) bool { return strings.HasPrefix(s.Violation, judge+": ") }) {
		return
	}
	for _, o := range r.picture.Objects {
		if o.Stuck < 0 {
			continue
		}
		for _, id := range o.Witness {
			s.Operations = append(s.Operations, r.picture.Operations[id])
		}
		if id := r.arrival(r.picture.Operations[o.Stuck].Return); id != 0 {
			s.Shown = id
		}
		return
	}
}

// historians are the judges of package check who look at what clients saw.
var historians = []string{"linearizable", "sequential", "commit order", "revision order"}

// arrival returns the last step of a node at a moment, or 0.
func (r *run) arrival(at time.Duration) (last trace.ID) {
	for e := range trace.Only(r.recorder.Events(), steps...) {
		if e.At > at {
			break
		}
		if e.At == at {
			last = e.ID
		}
	}
	return last
}

// collectWitness lists the steps in the causal past of the violation, and the
// violation. Of one that is about what clients saw, it is the past back to the
// call of the operations that show it.
func (r *run) collectWitness() {
	s := &r.summary
	if s.Shown == 0 {
		return
	}
	since := time.Duration(-1)
	if n := len(s.Operations); n > 0 {
		since = s.Operations[max(0, n-2)].Call
	}
	past := r.recorder.Past(s.Shown, maxPast)
	for e := range experiment.Steps(slices.Values(past)) {
		if e.At >= since && e.ID != s.Shown {
			s.Witness = append(s.Witness, e.ID)
		}
	}
	s.Witness = append(s.Witness[max(0, len(s.Witness)-maxWitness+1):], s.Shown)
}
