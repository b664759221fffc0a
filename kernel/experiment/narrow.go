package experiment

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
)

// Needs is what the violation of a run needs of that run: which of its messages.
type Needs struct {
	// Plan makes, with the run's seed and parameters, a run in which only these
	// messages arrive and the same event shows the violation. Trace is that run's,
	// and Shown the event in it.
	Plan  string
	Trace *trace.Recorder
	Shown trace.ID
	// Same has, of each step in the causal past of Shown, and of Shown, which event
	// of the whole run it is; and of what else arrives and is needed, although it is
	// not in that past: what is broken may be a promise of several nodes.
	Same map[trace.ID]trace.ID
	// Runs counts what was tried; Stopped is as in Shrunk.
	Runs    int
	Stopped string
}

// Narrow looks for the messages that a violation needs while all else stays as it
// was. Unlike Shrink, which looks for any smaller run, it only accepts one in which
// every step that leads to the violation is a step of the whole run, at the same
// time: so what it finds can be shown within that run. whole is the trace of the
// run from its beginning, and shown the event in it that shows the violation. Of a
// small world, it is moves that are left out.
func Narrow(ctx context.Context, e *Experiment, seed uint64, o Options, failed Result, whole *trace.Recorder, shown trace.ID, effort Effort) Needs {
	if effort.Time == 0 {
		effort.Time = time.Minute
	}
	limited, cancel := context.WithTimeout(ctx, effort.Time)
	defer cancel()
	n := newNarrower(limited, e, seed, o, failed, whole, shown, effort)
	_ = n.tries(n.inPast()) || n.tries(n.all())
	for size := (len(n.kept) + 1) / 2; size >= 1 && n.needs.Trace != nil; size /= 2 {
		for from := 0; from < len(n.kept) && !n.denied; {
			to := min(from+size, len(n.kept))
			if !n.tries(slices.Delete(slices.Clone(n.kept), from, to)) {
				from = to
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		n.needs.Stopped = "interrupted"
	case n.denied && limited.Err() != nil:
		n.needs.Stopped = "out of time"
	case n.denied:
		n.needs.Stopped = "out of runs"
	}
	return n.needs
}

// narrower leaves things out: messages, or the moves of a small world.
type narrower struct {
	ctx     context.Context
	e       *Experiment
	seed    uint64
	options Options
	failed  Result
	effort  Effort
	denied  bool

	whole *trace.Recorder
	shown trace.Event
	// steps are those of the whole run up to the violation, by what they are.
	steps map[step][]trace.ID
	// kept are the messages that arrive, or of a small world the moves by their
	// place in the plan; links are all links on which something was sent.
	kept  []delivery
	links map[[2]string]bool
	needs Needs
}

func newNarrower(ctx context.Context, e *Experiment, seed uint64, o Options, failed Result, whole *trace.Recorder, shown trace.ID, effort Effort) *narrower {
	n := &narrower{
		ctx: ctx, e: e, seed: seed, options: o, failed: failed, effort: effort, whole: whole,
		steps: map[step][]trace.ID{}, links: map[[2]string]bool{},
	}
	n.shown, _ = whole.Event(shown)
	for event := range Steps(whole.Events()) {
		if event.ID > shown {
			break
		}
		n.steps[n.stepOf(&event)] = append(n.steps[n.stepOf(&event)], event.ID)
		if n.byMove() {
			n.shown = event
		}
	}
	for event := range trace.Only(whole.Events(), trace.Send) {
		if from, to := event.Place.Host(), event.Peer.Host(); from != to {
			n.links[[2]string{from, to}] = true
		}
	}
	return n
}

// all returns every message that arrives, or all moves.
func (n *narrower) all() (all []delivery) {
	if n.e.small == nil {
		return different(arrived(n.whole))
	}
	for i := range lines(n.failed.Plan) {
		all = append(all, delivery{n: uint64(i)})
	}
	return all
}

// inPast returns what can matter if the violation is one node's: the messages in
// its causal past, or all moves.
func (n *narrower) inPast() (all []delivery) {
	if n.e.small != nil {
		return n.all()
	}
	past := map[trace.ID]bool{}
	for _, e := range n.whole.Past(n.shown.ID, n.whole.Len()) {
		past[e.ID] = true
	}
	for id, d := range arrivals(n.whole) {
		if past[id] {
			all = append(all, d)
		}
	}
	return different(all)
}

// different has each delivery once: the network may duplicate a message.
func different(all []delivery) (once []delivery) {
	seen := map[delivery]bool{}
	for _, d := range all {
		if !seen[d] {
			seen[d] = true
			once = append(once, d)
		}
	}
	return once
}

// plan loses all but some messages, or makes some moves.
func (n *narrower) plan(kept []delivery) string {
	faults := lines(n.failed.Plan)
	if n.e.small != nil {
		var moves []string
		for _, d := range kept {
			moves = append(moves, faults[d.n])
		}
		return joinLines(moves)
	}
	numbers := map[[2]string][]uint64{}
	for _, d := range kept {
		link := [2]string{d.from, d.to}
		numbers[link] = append(numbers[link], d.n)
	}
	for _, link := range slices.SortedFunc(maps.Keys(n.links), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		faults = append(faults, fmt.Sprintf(fromBeginning+"%s links %s -> %s", allBut(numbers[link]), link[0], link[1]))
	}
	return joinLines(faults)
}

// lastNumber is more than a link ever carries.
const lastNumber = 1 << 40

// allBut returns the numbers of a link's messages without some.
func allBut(numbers []uint64) string {
	slices.Sort(numbers)
	var parts []string
	next := uint64(1)
	for _, n := range append(numbers, lastNumber+1) {
		switch {
		case n == next+1:
			parts = append(parts, fmt.Sprint(next))
		case n > next:
			parts = append(parts, fmt.Sprintf("%d..%d", next, n-1))
		}
		next = n + 1
	}
	return strings.Join(parts, ",")
}

// tries makes the run with only these, and keeps it if it shows the same.
func (n *narrower) tries(kept []delivery) bool {
	if n.needs.Runs >= n.effort.Runs || n.ctx.Err() != nil {
		n.denied = true
		return false
	}
	n.needs.Runs++
	plan := n.plan(kept)
	o := n.options
	o.Context, o.Plan, o.Trace, o.History = n.ctx, &plan, trace.NewRecorder(0), nil
	r, _ := within(n.ctx, func() Result { return Once(n.e, n.seed, o) })
	same, shown := n.same(r, o.Trace, kept)
	if same {
		n.needs.Plan, n.needs.Trace, n.needs.Shown, n.kept = plan, o.Trace, shown.ID, kept
	}
	if n.effort.Progress != nil {
		n.effort.Progress(n.needs.Runs, len(n.kept))
	}
	return same
}
