package experiment

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/trace"
)

// Shrunk is a failing run made as small as the effort allowed.
type Shrunk struct {
	Replay Replay
	Result Result
	// Faults counts the plan's lines before and after, Runs what was tried.
	FaultsBefore, Faults, Runs int
	// DeliveriesBefore and Deliveries count the messages between hosts that
	// arrived, before and after those were lost that the violation does not need.
	DeliveriesBefore, Deliveries int
	// Stopped says why shrinking ended before nothing more could be left out:
	// "interrupted", "out of time", "out of runs"; or "" if it did not.
	Stopped string
}

// Effort bounds shrinking. Zero in Runs means none, in Time a minute.
type Effort struct {
	Runs int
	Time time.Duration
	// Progress, if not nil, is called after every run that was tried.
	Progress func(runs, faults int)
}

// Shrink looks for a smaller run that still fails: fewer faults first, then
// smaller parameters (operations, hosts, time), and again until nothing can go;
// in the end fewer messages. What the seed draws is keyed, so taking one fault
// away leaves the rest of the run as it was. It returns how far it got when the effort is spent or the context ends, within
// seconds even if a run hangs.
func Shrink(ctx context.Context, e *Experiment, seed uint64, o Options, failed Result, effort Effort) Shrunk {
	if effort.Time == 0 {
		effort.Time = time.Minute
	}
	if e.small != nil {
		effort.Runs *= 10 // they are that much shorter
	}
	limited, cancel := context.WithTimeout(ctx, effort.Time)
	defer cancel()
	s := newShrinker(limited, e, seed, o, failed, effort)
	before := len(s.faults)
	for smaller := true; smaller; {
		smaller = s.dropFaults()
		smaller = s.reduceParams() || smaller
		if !smaller && e.small != nil {
			smaller = s.dropPairs()
		}
	}
	for again := e.small == nil; again; {
		again = s.dropDeliveries()
	}
	return Shrunk{
		Replay: s.replay, Result: s.result, FaultsBefore: before, Faults: len(s.faults), Runs: s.runs,
		DeliveriesBefore: s.arrivedBefore, Deliveries: s.arrives,
		Stopped: s.stopped(ctx),
	}
}

func newShrinker(ctx context.Context, e *Experiment, seed uint64, o Options, failed Result, effort Effort) *shrinker {
	s := &shrinker{
		ctx: ctx, e: e, effort: effort, faults: lines(failed.Plan), options: o,
		replay: replayOf(e, seed, o), result: failed,
	}
	s.replay.Plan = &failed.Plan
	if e.small != nil {
		s.replay.Search, s.replay.Depth = "", 0 // the plan has every choice
	}
	if len(s.faults) == 0 && o.Plan == nil {
		s.replay.Plan = nil // the experiment has no plan, or never got to tell
	}
	return s
}

type shrinker struct {
	ctx    context.Context
	e      *Experiment
	effort Effort
	runs   int
	faults []string
	lost   []delivery // what arrives no more
	// traced makes runs traced, and trace is that of the smallest so far, of
	// whose messages the shrinker counts those that arrive.
	traced                 bool
	trace                  *trace.Recorder
	arrivedBefore, arrives int
	options                Options // the caller's; some violations show only with Digest
	replay                 Replay
	result                 Result
	denied                 bool // a run was not tried: the effort was spent
}

// stopped says what kept the shrinker from going on. outer is the caller's
// context, which has no limit from the effort.
func (s *shrinker) stopped(outer context.Context) string {
	switch {
	case outer.Err() != nil:
		return "interrupted"
	case s.ctx.Err() != nil:
		return "out of time"
	case s.denied:
		return "out of runs"
	}
	return ""
}

// dropFaults is delta debugging (Zeller and Hildebrandt 2002): it leaves out
// halves, then quarters, down to single faults.
func (s *shrinker) dropFaults() (smaller bool) {
	for size := (len(s.faults) + 1) / 2; size >= 1; {
		dropped := false
		for from := 0; from < len(s.faults); {
			to := min(from+size, len(s.faults))
			rest := append(append([]string(nil), s.faults[:from]...), s.faults[to:]...)
			if s.fails(rest, s.replay.Params) {
				smaller, dropped = true, true
			} else {
				from = to
			}
		}
		if size == 1 && !dropped {
			break
		}
		size = max(1, min(size/2, (len(s.faults)+1)/2))
		if len(s.faults) == 0 {
			break
		}
	}
	return smaller
}

// dropPairs leaves out two moves that only matter together: a request that is
// made and what comes of it.
func (s *shrinker) dropPairs() bool {
	for i := range s.faults {
		for j := i + 1; j < len(s.faults); j++ {
			rest := slices.Clone(s.faults[:i])
			rest = append(rest, s.faults[i+1:j]...)
			if s.fails(append(rest, s.faults[j+1:]...), s.replay.Params) {
				return true
			}
		}
	}
	return false
}

// reduceParams halves, then decrements, what the experiment says may shrink.
func (s *shrinker) reduceParams() (smaller bool) {
	for _, p := range s.e.Params {
		if !p.Shrink {
			continue
		}
		for _, reduce := range []func(int64) int64{
			func(n int64) int64 { return n / 2 },
			func(n int64) int64 { return n - n/8 - 1 },
		} {
			for s.reduce(p, reduce) {
				smaller = true
			}
		}
	}
	return smaller
}

func (s *shrinker) reduce(p Param, reduce func(int64) int64) bool {
	text, used := s.result.Params[p.Name]
	if !used {
		return false
	}
	next, ok := p.reduced(text, reduce)
	if !ok {
		return false
	}
	params := maps.Clone(s.replay.Params)
	if params == nil {
		params = map[string]string{}
	}
	params[p.Name] = next
	return s.fails(s.faults, params)
}

// reduced returns a smaller value's text, and whether there is one.
func (p Param) reduced(text string, reduce func(int64) int64) (string, bool) {
	switch p.Kind {
	case Int:
		n, err := strconv.ParseInt(text, 10, 64)
		next := max(reduce(n), int64(p.Least))
		return strconv.FormatInt(next, 10), err == nil && next < n
	case Duration:
		d, err := time.ParseDuration(text)
		next := time.Duration(reduce(int64(d))).Truncate(time.Millisecond)
		return next.String(), err == nil && next > 0 && next < d
	}
	return text, false
}

// fails tries a smaller run and keeps it if it still fails.
func (s *shrinker) fails(faults []string, params map[string]string) bool {
	if s.runs >= s.effort.Runs || s.ctx.Err() != nil {
		s.denied = true
		return false
	}
	s.runs++
	plan := joinLines(append(slices.Clone(faults), lostLines(s.lost)...))
	o := s.replay.Options()
	o.Context, o.Params, o.Plan, o.Digest, o.Codec = s.ctx, params, &plan, s.options.Digest, s.options.Codec
	if s.traced {
		o.Trace = trace.NewRecorder(witnessLimit)
	}
	r, _ := within(s.ctx, func() Result { return Once(s.e, s.replay.Seed, o) })
	failed := r.Verdict == check.Violation
	if failed {
		s.faults, s.result = faults, r
		s.replay.Params, s.replay.Plan, s.trace = params, &plan, o.Trace
	}
	if s.effort.Progress != nil {
		s.effort.Progress(s.runs, len(s.faults))
	}
	return failed
}
