package rpctest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
)

// script is an experiment of one or several scenes, each in a world of its own.
type script struct {
	name, text, hosts string
	canon, sometimes  []string
	params            []experiment.Param
	// drawn tells that something depends on the seed.
	drawn  bool
	enough uint64
	play   func(*play) error
}

// play is a script in progress.
type play struct {
	seed    uint64
	options experiment.Options
	set     *experiment.Settings
	knobs   *sim.Knobs
	marks   experiment.Marks
	result  experiment.Result
}

func (s script) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "rpc", Name: s.name, Question: s.text, Canon: s.canon, Hosts: s.hosts, Once: !s.drawn,
		Sometimes: s.sometimes, Params: s.params, Enough: s.enough,
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			p := &play{seed: seed, options: o, set: o.Settings(), knobs: sim.NewKnobs(seed)}
			p.result.Stats = map[string]float64{}
			err := s.play(p)
			switch {
			case err == nil:
				p.result.Verdict = check.OK
			case errors.Is(err, errPlan):
				p.result.Verdict, p.result.Violation = check.Unknown, err.Error()
			default:
				p.result.Verdict, p.result.Violation = check.Violation, err.Error()
			}
			p.result.Marks, p.result.Params = p.marks.Names(), p.set.Used()
			return p.result
		},
	})
}

// errPlan says that a plan is not for this run, which is no verdict on it.
var errPlan = errors.New("the fault plan cannot be carried out")

// held is a network on which nothing arrives unless a script says so, and whose
// disks take no time worth mentioning.
var held = sim.Config{Hold: true, Fsync: sim.Constant(time.Microsecond)}

// scene plays a scene in a new world.
func (p *play) scene(c sim.Config, act func(*stage) error) error {
	c.Seed = p.seed
	o := p.options
	if c.Hold {
		o.Search = experiment.Swarm // the script chooses what arrives
	}
	o.World(&c)
	m := newMeter(p.options.Trace)
	c.Observer = m
	s := &stage{World: sim.New(c), meter: m, till: &till{dispensed: map[uint64]int{}}}
	defer s.World.Close()
	err := act(s)
	p.result.Hash = p.result.Hash*1099511628211 ^ s.World.Hash()
	p.result.Events += s.World.Events()
	p.result.Elapsed += s.World.Now()
	return first(s.err, m.err, err)
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// demand returns an error unless something holds.
func demand(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}
