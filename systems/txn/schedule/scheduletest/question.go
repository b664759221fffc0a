package scheduletest

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
	// Ask returns an error if the claim is violated.
	Ask func(*Run) error
}

// Run is one run of a question.
type Run struct {
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
		Sometimes: q.Sometimes, Enough: q.Enough, Hosts: "none", Run: q.run,
	})
}

func (q Question) run(seed uint64, o experiment.Options) experiment.Result {
	r := &Run{Rand: rand.New(rand.NewPCG(seed, 0x7c)), Stats: map[string]float64{}, options: o}
	err := q.Ask(r)
	sum := fnv.New64a()
	sum.Write(r.said)
	out := experiment.Result{
		Verdict: check.OK, Hash: sum.Sum64(), Events: r.events,
		Marks: r.Marks.Names(), Stats: r.Stats,
	}
	switch {
	case r.Cut():
		out.Verdict, out.Violation = check.Unknown, "the caller ended the run"
	case err != nil:
		out.Verdict, out.Violation = check.Violation, err.Error()
	}
	return out
}

// Cut tells whether the caller has given up. A run that is cut short has no
// verdict.
func (r *Run) Cut() bool { return r.options.Context != nil && r.options.Context.Err() != nil }

// Say takes part in the run's hash, so that two runs of a seed that differ are
// told apart.
func (r *Run) Say(what ...any) {
	r.events++
	r.said = fmt.Appendln(r.said, what...)
}
