package experiment

import (
	"context"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/parleysystems/parley/kernel/check"
)

// Campaign runs experiments over a range of seeds.
type Campaign struct {
	Experiments []*Experiment
	// From and To are the first and the last seed.
	From, To uint64
	// Options go to every run.
	Options Options
	// Until, if not zero, is when the last run may begin. A campaign that reaches
	// it is not cut short: it has done what it was asked to.
	Until time.Time
	// Workers is how many runs go on at once, each in a world of its own; 0
	// means one a processor.
	Workers int
	// Single makes each run once. Otherwise it is made twice, by reference and
	// through the codec, and compared.
	Single bool
	// Stop ends the campaign after that many violations; 0 means one.
	Stop int
	// Shrink is how many runs may go into making the first violation of each
	// experiment smaller; 0 means none. ShrinkTime bounds the time that this
	// takes for each; 0 means a minute.
	Shrink     int
	ShrinkTime time.Duration
	// Progress, if not nil, is called after every run, one call at a time.
	Progress func(Progress)
	// Shrinking, if not nil, is called after every run that went into shrinking.
	Shrinking func(e *Experiment, seed uint64, runs, faults int)
}

// Progress is how far a campaign is.
type Progress struct {
	Done, Total uint64
	Violations  int
	Experiment  *Experiment
	Seed        uint64
	Result      Result
}

// Run runs the campaign until it is through, has found enough, or ctx ends. It
// hands out seeds in order, so of the violations that exist it always finds the
// one with the least seed.
func (c Campaign) Run(ctx context.Context) Report {
	r := &runner{c: c, ctx: ctx, report: newReport(c.Experiments), began: time.Now()}
	if c.Options.Search == Coverage {
		r.steer()
	} else {
		r.through(math.MaxUint64)
	}
	r.report.finish(ctx.Err() != nil)
	for _, t := range r.report.Tallies {
		if len(t.Findings) > 0 && c.Shrink > 0 {
			c.shrink(ctx, t.Experiment, &t.Findings[0])
		}
	}
	r.report.Wall = time.Since(r.began)
	return r.report
}

func (c *Campaign) shrink(ctx context.Context, e *Experiment, f *Finding) {
	effort := Effort{Runs: c.Shrink, Time: c.ShrinkTime}
	if c.Shrinking != nil {
		effort.Progress = func(runs, faults int) { c.Shrinking(e, f.Seed, runs, faults) }
	}
	o := c.Options
	o.Digest = !c.Single
	s := Shrink(ctx, e, f.Seed, o, f.Result, effort)
	f.Shrunk = &s
}

// runner is a campaign in progress.
type runner struct {
	c     Campaign
	ctx   context.Context
	began time.Time
	// steered, if not nil, says how a run of Coverage is to be made, and takes
	// notice of it.
	steered *steering

	mu     sync.Mutex // guards what follows
	next   uint64     // run number: seed by seed, and for each all experiments
	gate   uint64     // runs from this one on have to wait
	done   uint64
	found  int
	report Report
}

// job is one run to be made: the nth seed's, although Coverage may make it with
// another one.
type job struct {
	tally   *Tally
	nth     uint64
	seed    uint64
	options Options
}

// through makes all runs before a gate.
func (r *runner) through(gate uint64) {
	r.gate = gate
	workers := r.c.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wait sync.WaitGroup
	for range workers {
		wait.Go(r.work)
	}
	wait.Wait()
}

func (r *runner) work() {
	for {
		j, ok := r.take()
		if !ok {
			return
		}
		run := Twice
		if r.c.Single {
			run = Once
		}
		result, left := within(r.ctx, func() Result { return run(j.tally.Experiment, j.seed, j.options) })
		r.put(j, result)
		if left {
			r.leave(j)
		}
	}
}

func (r *runner) total() uint64 {
	if r.c.To < r.c.From {
		return 0
	}
	return (r.c.To - r.c.From + 1) * uint64(len(r.c.Experiments))
}

// take hands out the next run. Experiments without randomness run with the
// first seed only.
func (r *runner) take() (job, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.next < min(r.total(), r.gate) && !r.over() {
		n := uint64(len(r.c.Experiments))
		tally, seed := r.report.Tallies[r.next%n], r.c.From+r.next/n
		r.next++
		if (tally.Experiment.Once || r.c.Options.Search == Exhaustive) && seed != r.c.From {
			r.done++
			continue
		}
		j := job{tally, seed, seed, r.c.Options}
		j.options.Context = r.ctx
		if r.steered != nil {
			r.steered.steer(&j)
		}
		return j, true
	}
	return job{}, false
}

func (r *runner) over() bool {
	return r.ctx.Err() != nil || r.found >= max(r.c.Stop, 1) || r.late()
}

func (r *runner) late() bool { return !r.c.Until.IsZero() && time.Now().After(r.c.Until) }

func (r *runner) put(j job, result Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() != nil && result.Verdict == check.Unknown {
		return // cut short: it says nothing, and the report says that it was
	}
	r.done++
	if r.steered != nil && !r.steered.notice(j, result) {
		return
	}
	j.tally.add(j.seed, j.options, result)
	if result.Verdict == check.Violation {
		r.found++
	}
	if r.c.Progress != nil {
		r.c.Progress(Progress{
			Done: r.done, Total: r.total(), Violations: r.found,
			Experiment: j.tally.Experiment, Seed: j.seed, Result: result,
		})
	}
}

func (r *runner) leave(j job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j.tally.Hung = append(j.tally.Hung, j.seed)
}
