package consensustest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// Question is an experiment without a simulated world: the seed draws its
// input, and Ask finds out whether what is claimed holds.
type Question struct {
	System, Name, Text string
	Canon, Sometimes   []string
	Enough             uint64
	Once               bool // nothing is drawn
	// Ask returns an error if the claim is violated.
	Ask func(*Answer) error
}

// Answer is one run of a question.
type Answer struct {
	*rand.Rand
	Marks experiment.Marks
	Stats map[string]float64

	options experiment.Options
	events  uint64
	said    []byte
}

// Register makes the experiment known.
func (q Question) Register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: q.System, Name: q.Name, Question: q.Text, Canon: q.Canon,
		Sometimes: q.Sometimes, Enough: q.Enough, Once: q.Once, Hosts: "none", Run: q.run,
	})
}

func (q Question) run(seed uint64, o experiment.Options) experiment.Result {
	a := &Answer{Rand: rand.New(rand.NewPCG(seed, 0xf1b)), Stats: map[string]float64{}, options: o}
	err := q.Ask(a)
	sum := fnv.New64a()
	sum.Write(a.said)
	out := experiment.Result{
		Verdict: check.OK, Hash: sum.Sum64(), Events: a.events, Marks: a.Marks.Names(), Stats: a.Stats,
	}
	switch {
	case a.Cut():
		out.Verdict, out.Violation = check.Unknown, ErrCut.Error()
	case err != nil:
		out.Verdict, out.Violation = check.Violation, err.Error()
	}
	return out
}

// Cut tells whether the caller has given up. A run that is cut short has no
// verdict.
func (a *Answer) Cut() bool { return a.options.Context != nil && a.options.Context.Err() != nil }

// Say takes part in the run's hash, so that two runs of a seed that differ are
// told apart.
func (a *Answer) Say(what ...any) {
	a.events++
	a.said = fmt.Appendln(a.said, what...)
}
