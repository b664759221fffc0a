package checktest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// Judges compares the judges with the definition and with each other.
var Judges = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "judges",
	Question: `Do the judges say what the definitions say? The seed draws forty tiny histories with overlapping
operations, lost answers and wrong ones; Porcupine and the search with all its rules must accept exactly
those that the definition of linearizability accepts, and the search without the real-time rule those that
are sequentially consistent: all linearizable ones and, sometimes, one with a stale read. Twenty longer
histories of an atomic store, some of them damaged, go to Porcupine and to the judge that knows the order
of execution: whatever the latter accepts is linearizable.`,
	Hosts: "none",
	Canon: []string{
		"consistency.linearizable.definition", "consistency.sequential.definition",
		"consistency.sequential.no-real-time", "consistency.recap.three-conditions",
	},
	Sometimes: []string{"linearizable", "not linearizable", "sequentially consistent only", "accepted by both", "rejected by both"},
	Run:       judge,
})

// steps bounds the searches, far above what tiny histories take.
const steps = 1 << 20

func judge(seed uint64, o experiment.Options) experiment.Result {
	rand := rand.New(rand.NewPCG(seed, 0xc0))
	var marks experiment.Marks
	sum := fnv.New64a()
	r := experiment.Result{Verdict: check.OK}
	for i := range 60 {
		compare := tiny
		if i >= 40 {
			compare = long
		}
		said, err := compare(rand, &marks)
		fmt.Fprint(sum, said)
		if err != nil {
			r.Verdict, r.Violation = check.Violation, err.Error()
			break
		}
		if o.Context != nil && o.Context.Err() != nil {
			r.Verdict, r.Violation = check.Unknown, "the caller ended the run"
			break
		}
	}
	r.Hash, r.Marks, r.Events = sum.Sum64(), marks.Names(), 60
	return r
}

// tiny compares the searches with the definition.
func tiny(r *rand.Rand, marks *experiment.Marks) (said string, err error) {
	h := Tiny(r)
	linearizable := ByDefinition(check.Register(), h, check.LinearizableRules)
	sequential := ByDefinition(check.Register(), h, check.SequentialRules)
	for _, j := range []struct {
		want bool
		got  check.Judgement
	}{
		{linearizable, check.Linearizable(check.Register(), h, check.Options{Timeout: time.Minute})},
		{linearizable, check.Ordered(check.Register(), h, check.LinearizableRules, steps)},
		{sequential, check.Sequential(check.Register(), h, steps)},
	} {
		if (j.got.Verdict == check.OK) != j.want {
			return "", fmt.Errorf("by definition %v, but %v\n%s", j.want, j.got, Show(h))
		}
	}
	marks.Sometimes("linearizable", linearizable)
	marks.Sometimes("not linearizable", !linearizable)
	marks.Sometimes("sequentially consistent only", sequential && !linearizable)
	return fmt.Sprint(linearizable, sequential), nil
}

// long compares the two judges of linearizability.
func long(r *rand.Rand, marks *experiment.Marks) (said string, err error) {
	h, commits := Atomic(r, 1+r.IntN(5), 1+r.IntN(10))
	damage := r.IntN(8)
	for range damage {
		Mutate(r, h)
	}
	order := check.CommitOrder(check.Register(), h, commits)
	search := check.Linearizable(check.Register(), h, check.Options{Timeout: time.Minute})
	if damage == 0 && order.Verdict != check.OK {
		return "", fmt.Errorf("an atomic store is rejected: %v\n%s", order, Show(h))
	}
	if order.Verdict == check.OK && search.Verdict != check.OK {
		return "", fmt.Errorf("%v, although the commit order explains the history\n%s", search, Show(h))
	}
	marks.Sometimes("accepted by both", order.Verdict == check.OK && search.Verdict == check.OK)
	marks.Sometimes("rejected by both", order.Verdict == check.Violation && search.Verdict == check.Violation)
	return order.Verdict.String() + search.Verdict.String(), nil
}
