package ordertest

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
	// Timed tells that how long messages take is what the experiment is about, so
	// that no search may choose the order in which they arrive.
	Timed bool
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
	s.Sim.Seed = seed
	if s.Timed {
		o.Search = experiment.Swarm
	}
	o.World(&s.Sim)
	if o.Trace != nil {
		s.Sim.Observer = o.Trace
	}
	r := &Run{
		Seed: seed, World: sim.New(s.Sim), Knobs: sim.NewKnobs(seed),
		Stats: map[string]float64{}, options: o, plan: s.Plan,
	}
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
		out.Verdict, out.Violation, out.At = check.Violation, err.Error(), r.World.Now()
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

// Past runs for d in slices, so that a caller who gives up is heard, and stops
// at the first error of look, which may be nil.
func (r *Run) Past(d, slice time.Duration, look func() error) error {
	for ; d > 0; d -= slice {
		if ctx := r.options.Context; ctx != nil && ctx.Err() != nil {
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

// Settle runs until cond returns nil, for limit at most; its last error is then
// a violation of liveness.
func (r *Run) Settle(cond func() error, limit time.Duration) error {
	const slice = 10 * time.Second
	for {
		if ctx := r.options.Context; ctx != nil && ctx.Err() != nil {
			return ErrCut
		}
		err := r.World.Converge(cond, min(slice, limit))
		if err == nil {
			return nil
		}
		if limit -= slice; limit <= 0 {
			return fmt.Errorf("liveness: %w", err)
		}
	}
}

// Hosts names n hosts a, b, c and so on.
func Hosts(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = string(rune('a' + i))
	}
	return names
}
