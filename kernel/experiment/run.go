package experiment

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/sim"
)

// Once makes one run. A panic becomes a violation: within a protocol it is a
// broken invariant, and in a campaign it must not hide the other seeds.
func Once(e *Experiment, seed uint64, o Options) (r Result) {
	if err := e.Check(o); err != nil {
		return Result{Violation: err.Error()}
	}
	o.experiment, o.drawn, o.chosen = e, new(Result), new(bool)
	defer func() {
		switch p := recover().(type) {
		case nil:
		case sim.Interrupted:
			r = *o.drawn
			r.Verdict, r.Violation = check.Unknown, p.Error()
			r.boundless = errors.Is(p, sim.ErrEvents)
		default:
			r = *o.drawn
			r.Verdict, r.Violation = check.Violation, fmt.Sprintf("panic: %v\n%s", p, origin(debug.Stack()))
		}
	}()
	r = e.Run(seed, o)
	if o.Search == PCT && e.small == nil && !*o.chosen {
		r.Verdict, r.Violation = check.Unknown, "the experiment does not let a search choose the order of deliveries"
	}
	return r
}

// mostEvents bounds a run of which its experiment does not say otherwise.
// Common ones have some thousands.
const mostEvents = 1 << 24

// World puts into the config of a run's world what the caller decides: codec,
// digest, when to give up, who chooses the order of deliveries. Harnesses call
// it on what they hand to sim.New.
func (o Options) World(c *sim.Config) {
	if c.Events = mostEvents; o.experiment != nil && o.experiment.Events > 0 {
		c.Events = o.experiment.Events
	}
	c.Codec, c.Digest, c.Context = o.Codec, o.Digest, o.Context
	c.Inspect, c.Lost = o.Inspect, o.lost()
	switch {
	case o.experiment != nil && o.experiment.small != nil:
		c.Hold = true
	case o.Search == PCT:
		k := sim.NewKnobs(c.Seed)
		c.Chooser = newPCT(c.Seed, o.depth(c.Seed), k.Int("pct steps", 1<<5, 1<<13))
		c.Pace = sim.Constant(k.Duration("pct pace", 20*time.Microsecond, 5*time.Millisecond))
		if o.chosen != nil {
			*o.chosen = true
		}
	}
}

// lost returns what the plan loses by number from the beginning: a harness may play
// a scene before it applies the plan, and what a shrinker found not to be needed has
// to be lost in that as well.
func (o Options) lost() map[[2]string]sim.Numbers {
	if o.Plan == nil || !strings.Contains(*o.Plan, fromBeginning) {
		return nil
	}
	lost := map[[2]string]sim.Numbers{}
	for _, l := range lines(*o.Plan) {
		if !strings.HasPrefix(l, fromBeginning) {
			continue
		}
		plan, err := sim.Parse(l)
		if err != nil {
			continue // who applies the plan says what is wrong with it
		}
		for _, f := range plan {
			if d, ok := f.Action.(sim.Degrade); ok && f.To == 0 && len(d.From) == 1 && len(d.To) == 1 {
				link := [2]string{d.From[0], d.To[0]}
				lost[link] = append(lost[link], d.Lost...)
			}
		}
	}
	return lost
}

// fromBeginning begins a line that loses messages by their numbers.
const fromBeginning = "at 0s lose "

// grace is how long a run that was ended may take to notice. Worlds that were
// set up by Options.World notice within milliseconds; a handler that does not
// return never does.
const grace = time.Second

// within makes a run that returns soon after ctx has ended, whatever the run
// does: one that does not notice is left behind, with its goroutine.
func within(ctx context.Context, run func() Result) (r Result, left bool) {
	done := make(chan Result, 1)
	go func() { done <- run() }()
	select {
	case r = <-done:
		return r, false
	case <-ctx.Done():
	}
	select {
	case r = <-done:
		return r, false
	case <-time.After(grace):
		return Result{Violation: fmt.Sprintf("the run did not end when it was asked to: %v", ctx.Err())}, true
	}
}

// Twice makes a run with messages passed by reference and again through the
// codec. Two runs that differ are a violation: somewhere an order of a map, a
// hidden state or a message that was changed after sending has decided.
func Twice(e *Experiment, seed uint64, o Options) Result {
	if o.Search == Exhaustive {
		return Once(e, seed, o) // it makes each sequence many times as it is
	}
	o.Codec, o.Digest = false, true
	reference := Once(e, seed, o)
	if reference.Verdict == check.Violation || reference.boundless {
		return reference
	}
	o.Codec, o.Trace = true, nil
	codec := Once(e, seed, o)
	if o.Context != nil && o.Context.Err() != nil {
		return codec // cut short, so not to be compared
	}
	if same := reference.Hash == codec.Hash && reference.Verdict == codec.Verdict &&
		reference.Violation == codec.Violation; !same {
		codec.Violation = fmt.Sprintf("not deterministic: by reference the run has hash %016x (%v), through the codec %016x (%v) %s",
			reference.Hash, reference.Verdict, codec.Hash, codec.Verdict, codec.Violation)
		codec.Verdict = check.Violation
	}
	return codec
}

// origin returns where a panic began: some frames, the innermost first, without
// what changes from run to run.
func origin(stack []byte) string {
	_, after, found := strings.Cut(string(stack), "\npanic(")
	if !found {
		return string(stack)
	}
	const frames = 6
	lines := strings.Split(after, "\n")
	var out []string
	for i := 2; i+1 < len(lines) && len(out) < frames; i += 2 {
		function, _, _ := cutLast(lines[i], "(")
		place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
		out = append(out, "  at "+path.Base(function)+", "+path.Base(place))
	}
	return strings.Join(out, "\n")
}

// cutLast cuts around the last instance of sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
