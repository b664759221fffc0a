package consensustest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
)

// Run is one run of an experiment in progress.
type Run struct {
	Seed  uint64
	World *sim.World
	Knobs *sim.Knobs
	Ear   *Ear
	Marks experiment.Marks
	Stats map[string]float64

	options experiment.Options
	plan    sim.Plan
}

// Setup says what world a run takes place in.
type Setup struct {
	Sim    sim.Config
	Plan   sim.Plan
	Params map[string]string
	// Body makes the run. An error is a violation, unless it is ErrCut or
	// ErrPlan.
	Body func(*Run) error
}

// Reasons for no verdict.
var (
	ErrCut  = errors.New("the caller ended the run")
	ErrPlan = errors.New("the fault plan cannot be carried out")
)

// Do makes a run and turns it into a result. A plan given in the options
// replaces that of the setup.
func Do(seed uint64, o experiment.Options, s Setup) experiment.Result {
	if o.Plan != nil {
		plan, err := sim.Parse(*o.Plan)
		if err != nil {
			return experiment.Result{Violation: err.Error()}
		}
		s.Plan = plan
	}
	o.Drawn(s.Plan.String(), s.Params)
	r := &Run{
		Seed: seed, Knobs: sim.NewKnobs(seed), Ear: NewEar(o.Trace),
		Stats: map[string]float64{}, options: o, plan: s.Plan,
	}
	s.Sim.Seed, s.Sim.Observer = seed, r.Ear
	o.World(&s.Sim)
	r.World = sim.New(s.Sim)
	defer r.World.Close()
	return r.result(s, s.Body(r))
}

func (r *Run) result(s Setup, err error) experiment.Result {
	out := experiment.Result{
		Verdict: check.OK, Hash: r.World.Hash(), Events: r.World.Events(), Elapsed: r.World.Now(),
		Plan: s.Plan.String(), Params: s.Params, Marks: r.Marks.Names(), Stats: r.Stats,
	}
	switch {
	case errors.Is(err, ErrCut), errors.Is(err, ErrPlan):
		out.Verdict, out.Violation = check.Unknown, err.Error()
	case err != nil:
		out.Verdict, out.Violation, out.At, out.Event = check.Violation, err.Error(), r.World.Now(), r.Ear.last
	}
	return out
}

// Follow carries the run's fault plan out from now on. Call it when the hosts
// exist.
func (r *Run) Follow() error {
	if err := r.World.Apply(r.plan); err != nil {
		return fmt.Errorf("%w: %w", ErrPlan, err)
	}
	return nil
}

// Cut tells whether the caller has given up.
func (r *Run) Cut() bool { return r.options.Context != nil && r.options.Context.Err() != nil }

// Past runs for d in slices, and stops at the first error of look, which may be
// nil.
func (r *Run) Past(d, slice time.Duration, look func() error) error {
	for ; d > 0; d -= slice {
		if r.Cut() {
			return ErrCut
		}
		r.World.Run(min(d, slice))
		if look == nil {
			continue
		}
		if err := look(); err != nil {
			return err
		}
	}
	return nil
}

// Broken is an error that no waiting mends.
type Broken struct{ error }

// NewBroken says so of an error.
func NewBroken(err error) error { return Broken{err} }

// Unwrap returns what was broken.
func (b Broken) Unwrap() error { return b.error }

// Settle runs until cond returns nil, for limit at most; its last error is then
// a violation of liveness. It ends at once with an error that is Broken.
func (r *Run) Settle(cond func() error, limit time.Duration) error {
	var broken error
	err := r.World.Converge(func() error {
		err := cond()
		if errors.As(err, new(Broken)) {
			broken = err
			return nil
		}
		return err
	}, limit)
	if err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	return broken
}
