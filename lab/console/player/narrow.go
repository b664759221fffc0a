package player

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Narrowed is the witness of a violation with everything left out that was found
// not to be needed. All of its steps are of the whole run; and a run in which no
// other messages arrive shows the violation at the same event.
type Narrowed struct {
	Witness []trace.ID `json:"witness"`
	// Faults is the plan of that other run; "" if none was found, and Witness is
	// then what of the causal past can have had a part in it.
	Faults  string `json:"faults"`
	Runs    int    `json:"runs"`
	Stopped string `json:"stopped"`
}

// Effort of narrowing while somebody looks at the whole run.
const (
	narrowRuns   = 400
	narrowTime   = 10 * time.Second
	narrowEvents = 200_000 // of a run that is not too long for it
)

// narrow answers with the narrowed witness of a run. It keeps nobody from asking
// for other things meanwhile.
func (p *Player) narrow(ctx context.Context, r *run, s Spec) ([]byte, string, error) {
	p.mu.Lock()
	known := r.narrowed
	p.mu.Unlock()
	if known != nil {
		return encoded(*known)
	}
	n, err := r.narrow(ctx, s)
	if err != nil {
		return nil, "", err
	}
	p.mu.Lock()
	r.narrowed = &n
	p.mu.Unlock()
	return encoded(n)
}

func (r *run) narrow(ctx context.Context, s Spec) (Narrowed, error) {
	if r.summary.Shown == 0 || r.recorder.First() > 1 || r.recorder.Len() > narrowEvents || s.Recording != "" {
		return Narrowed{Witness: r.summary.Witness}, nil
	}
	e, err := s.find()
	if err != nil {
		return Narrowed{}, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	needs := experiment.Narrow(ctx, e, s.Seed, s.options(), r.result, r.recorder, r.summary.Shown,
		experiment.Effort{Runs: narrowRuns, Time: narrowTime, Progress: breathe})
	if ctx.Err() != nil {
		return Narrowed{}, ctx.Err()
	}
	n := Narrowed{Faults: needs.Plan, Runs: needs.Runs, Stopped: needs.Stopped}
	small, shown, same := &run{recorder: needs.Trace}, needs.Shown, needs.Same
	if needs.Trace == nil { // nothing could be left out
		small, shown, same = r, r.summary.Shown, map[trace.ID]trace.ID{}
		for _, id := range r.summary.Witness {
			same[id] = id
		}
	} else {
		s.Faults = &needs.Plan
	}
	past := small.recorder.Past(shown, 0)
	matters, inPast := small.matters(shown, changes(ctx, e, s, past)), map[trace.ID]bool{}
	for _, event := range past {
		inPast[event.ID] = true
	}
	for id, of := range same {
		if matters[id] || !inPast[id] {
			n.Witness = append(n.Witness, of)
		}
	}
	if !slices.Contains(n.Witness, r.summary.Shown) {
		n.Witness = append(n.Witness, r.summary.Shown)
	}
	slices.Sort(n.Witness)
	n.Witness = n.Witness[max(0, len(n.Witness)-maxWitness):]
	return n, ctx.Err()
}

// breathe lets a page of which this is the only thread do something else.
func breathe(int, int) { <-time.After(time.Microsecond) }

// changes makes a run again and returns which of some events, the oldest first,
// changed what their node knows.
func changes(ctx context.Context, e *experiment.Experiment, s Spec, events []trace.Event) map[trace.ID]bool {
	asked := map[trace.ID]bool{}
	for _, event := range events {
		asked[event.ID] = true
	}
	changed := map[trace.ID]bool{}
	before, last := map[node.Node]uint64{}, map[node.Node]trace.ID{}
	enough, cancel := context.WithCancel(ctx)
	defer cancel()
	o := s.options()
	o.Context, o.Trace = enough, trace.NewRecorder(1) // events get their numbers from it
	o.Inspect = func(id trace.ID, n node.Node) {
		if id > events[len(events)-1].ID {
			cancel()
		}
		if !asked[id] {
			return
		}
		now := digest(n)
		if now != before[n] && last[n] != 0 {
			changed[last[n]] = true
		}
		before[n], last[n] = now, id
	}
	experiment.Once(e, s.Seed, o)
	return changed
}

// matters returns the steps that can have had a part in an event: those that sent,
// armed or wrote what caused one that had, and before each such step the newest one
// of its node that changed what the node knows. Others of its past only happened
// before it.
func (r *run) matters(shown trace.ID, changed map[trace.ID]bool) map[trace.ID]bool {
	found, seen := map[trace.ID]bool{}, map[trace.ID]bool{}
	var look []trace.ID
	var add func(trace.ID)
	add = func(id trace.ID) {
		e, ok := r.recorder.Event(id)
		if !ok || seen[id] {
			return
		}
		seen[id] = true
		if step := r.stepOf(e); step != 0 && step != id {
			add(e.Cause) // which may be elsewhere: who watches all nodes has a violation where the last event was
			id = step
		}
		if !found[id] {
			found[id] = true
			look = append(look, id)
		}
	}
	for add(shown); len(look) > 0; {
		e, _ := r.recorder.Event(look[len(look)-1])
		look = look[:len(look)-1]
		if e.Cause != 0 {
			add(e.Cause)
		}
		for p, ok := r.recorder.Event(e.Prev); ok; p, ok = r.recorder.Event(p.Prev) {
			if unmoved := slices.Contains(steps, p.Kind) && p.Kind != trace.Start && !changed[p.ID]; !unmoved && isStep(p.Kind) {
				add(p.ID)
				break
			}
		}
	}
	return found
}

// isStep tells what can change a node or the world; everything else happens within
// such an event.
func isStep(k trace.Kind) bool {
	return slices.Contains(steps, k) || slices.Contains([]trace.Kind{trace.Crash, trace.Halt, trace.Restart, trace.Fault}, k)
}
