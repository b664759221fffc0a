package mapreducetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
)

// trial is one run of an experiment: one world, and in it one cluster or several, one
// after the other in worlds of their own.
type trial struct {
	seed    uint64
	options experiment.Options
	knobs   *sim.Knobs
	set     *experiment.Settings
	plan    sim.Plan
	marks   experiment.Marks
	stats   map[string]float64
	hash    uint64
	events  uint64
	elapsed time.Duration
	// contended tells that a machine is busy with other work, for bodies that Pace holds
	// up.
	contended bool
}

// errCut says that the caller ended the run.
var errCut = errors.New("the caller ended the run")

// try makes a run out of what body does. An error of it is a violation.
func try(seed uint64, o experiment.Options, body func(*trial) error) experiment.Result {
	t := &trial{seed: seed, options: o, knobs: sim.NewKnobs(seed), set: o.Settings(), stats: map[string]float64{}}
	err := body(t)
	r := experiment.Result{
		Verdict: check.OK, Hash: t.hash, Events: t.events, Elapsed: t.elapsed,
		Plan: t.plan.String(), Params: t.set.Used(), Marks: t.marks.Names(), Stats: t.stats,
	}
	switch {
	case errors.Is(err, errCut):
		r.Verdict, r.Violation = check.Unknown, err.Error()
	case err != nil:
		r.Verdict, r.Violation, r.At = check.Violation, err.Error(), t.elapsed
	}
	return r
}

// planned takes the plan that the options name, or else the drawn one.
func (t *trial) planned(drawn sim.Plan) error {
	t.plan = drawn
	if t.options.Plan != nil {
		plan, err := sim.Parse(*t.options.Plan)
		if err != nil {
			return fmt.Errorf("%w: %w", errCut, err)
		}
		t.plan = plan
	}
	t.options.Drawn(t.plan.String(), t.set.Used())
	return nil
}

// world makes a cluster in a world of its own, has body run it, and adds its hash to that
// of the run.
func (t *trial) world(c sim.Config, s setup, body func(*Cluster) error) error {
	c.Seed = t.seed
	t.options.World(&c)
	watch := newWatcher(t.options.Trace)
	c.Observer = watch
	w := sim.New(c)
	defer w.Close()
	k := newCluster(w, watch, s)
	err := body(k)
	t.hash = t.hash*31 + w.Hash()
	t.events += w.Events()
	t.elapsed += w.Now()
	return err
}

// pass runs for d, in slices, so that a caller who gives up is heard.
func (t *trial) pass(k *Cluster, d time.Duration) error {
	const slice = 100 * time.Millisecond
	for ; d > 0 && k.watch.err == nil; d -= slice {
		if ctx := t.options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		k.World.Run(min(d, slice))
	}
	return nil
}

// until runs until cond holds, for limit at most; what is missing then is a violation.
func (t *trial) until(k *Cluster, limit time.Duration, what string, cond func() bool) error {
	return t.settle(k, limit, func() error {
		if k.watch.err != nil || cond() {
			return nil
		}
		return errors.New(what)
	})
}

func (t *trial) settle(k *Cluster, limit time.Duration, cond func() error) error {
	const slice = 5 * time.Second
	for {
		if ctx := t.options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		err := k.World.Converge(cond, min(slice, limit))
		if err == nil {
			return nil
		}
		if limit -= slice; limit <= 0 {
			return fmt.Errorf("liveness: %w", err)
		}
	}
}

// finish runs until the job is over, and demands that it is as it must be.
func (t *trial) finish(k *Cluster, limit time.Duration) error {
	if err := t.settle(k, limit, k.finished); err != nil {
		return errors.Join(k.watch.err, err)
	}
	return k.right()
}
