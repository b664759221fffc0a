package checktest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/workload"
)

// Spectrum compares the models with each other, and the judges of causal
// consistency with its definition.
var Spectrum = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "spectrum",
	Question: `Is each model of consistency strictly weaker than the one above it? The seed draws a hundred small
histories of reads and writes that end in a quiet phase, in which everybody reads everything. Every linearizable one
must be sequentially consistent; every sequentially consistent one causal, and causal with one order of writes; and a
causal one in which the clients agree in the end must be eventually consistent. The judges of causal consistency must
accept what their definitions accept, word for word. And each step down must admit something: a sequentially consistent
history with a stale read, a causal one with two writes that are seen in different orders, and one that agrees in the end
although an effect was seen before its cause. Atomic commitment is no step of this ladder: that all copies are
written or none says nothing of what readers see while that goes on.`,
	Hosts:     "none",
	Canon:     []string{"consistency.spectrum.strict-inclusion", "consistency.causal.concurrent-order-may-differ"},
	Sometimes: []string{"linearizable", "sequential, not linearizable", "causal, not sequential", "causal, not convergent", "eventual, not causal"},
	Run:       spectrum,
})

func spectrum(seed uint64, o experiment.Options) experiment.Result {
	r := rand.New(rand.NewPCG(seed, 0x5e))
	var marks experiment.Marks
	sum := fnv.New64a()
	result := experiment.Result{Verdict: check.OK, Events: 100}
	for range 100 {
		l, err := climb(r)
		fmt.Fprint(sum, l)
		if err != nil {
			result.Verdict, result.Violation = check.Violation, err.Error()
			break
		}
		l.mark(&marks)
		if o.Context != nil && o.Context.Err() != nil {
			result.Verdict, result.Violation = check.Unknown, "the caller ended the run"
			break
		}
	}
	result.Hash, result.Marks = sum.Sum64(), marks.Names()
	return result
}

// ladder is what the judges say of one history.
type ladder struct {
	linearizable, sequential, causal, plus, eventual bool
}

func climb(r *rand.Rand) (ladder, error) {
	h, quiet := settling(r)
	accepts := func(j check.Judgement) bool { return j.Verdict == check.OK }
	l := ladder{
		linearizable: accepts(check.Linearizable(check.Register(), h, check.Options{Timeout: time.Minute})),
		sequential:   accepts(check.Sequential(check.Register(), h, steps)),
		causal:       accepts(check.Causal(h)),
		plus:         accepts(check.CausalPlus(h)),
		eventual:     accepts(check.Eventual(h, quiet)),
	}
	for _, rung := range []struct {
		broken bool
		what   string
	}{
		{l.causal != CausalByDefinition(h), "the judge of causal consistency and its definition differ"},
		{l.plus != CausalPlusByDefinition(h), "the judge of causal+ consistency and its definition differ"},
		{l.linearizable && !l.sequential, "linearizable, and not sequentially consistent"},
		{l.sequential && !l.causal, "sequentially consistent, and not causal"},
		{l.sequential && !l.plus, "sequentially consistent, and not causal+"},
		{l.causal && agree(h, quiet) != l.eventual, "causal, and in the end eventual consistency is something else than agreement"},
	} {
		if rung.broken {
			return l, fmt.Errorf("%s: %+v\n%s", rung.what, l, Show(h))
		}
	}
	return l, nil
}

func (l ladder) mark(m *experiment.Marks) {
	m.Sometimes("linearizable", l.linearizable)
	m.Sometimes("sequential, not linearizable", l.sequential && !l.linearizable)
	m.Sometimes("causal, not sequential", l.causal && !l.sequential)
	m.Sometimes("causal, not convergent", l.causal && !l.plus)
	m.Sometimes("eventual, not causal", l.eventual && !l.causal)
}

// settling draws one to three writes and some reads of two clients, and at the end
// a read of each key by each of them. What is read is drawn, with a liking for the
// newest.
func settling(r *rand.Rand) (h History, quiet time.Duration) {
	values := map[string][]string{"x": {""}, "y": {""}}
	at := int64(0)
	keys := []string{"x", "y"}[:1+r.IntN(2)]
	for i := range 2 + r.IntN(4) {
		op := operation(r.IntN(2), at, at+1+int64(r.IntN(2)))
		at = int64(op.Return) + 1
		op.In = workload.Request{Verb: workload.Read, Key: keys[r.IntN(len(keys))]}
		if i == 0 || r.IntN(2) == 0 {
			op.In.Verb, op.In.Value = workload.Write, string(rune('a'+i))
			values[op.In.Key] = append(values[op.In.Key], op.In.Value)
			if r.IntN(8) == 0 {
				op.Outcome, op.Return = workload.Unknown, workload.Never
			}
		} else {
			op.Out.Value = recent(r, values[op.In.Key])
		}
		h = append(h, op)
	}
	quiet = time.Duration(at)
	for client := range 2 {
		for _, key := range keys {
			op := operation(client, at, at+1)
			at += 2
			op.In = workload.Request{Verb: workload.Read, Key: key}
			op.Out.Value = recent(r, values[key])
			h = append(h, op)
		}
	}
	return byCall(h), quiet
}

// recent draws one of the values, mostly the last.
func recent(r *rand.Rand, values []string) string {
	back := 0
	for back < len(values)-1 && r.IntN(3) == 0 {
		back++
	}
	return values[len(values)-1-back]
}

// agree tells whether all quiet reads of a key return the same.
func agree(h History, quiet time.Duration) bool {
	found := map[string]string{}
	for i := range h {
		if h[i].Call < quiet {
			continue
		}
		if v, known := found[h[i].In.Key]; known && v != h[i].Out.Value {
			return false
		}
		found[h[i].In.Key] = h[i].Out.Value
	}
	return true
}
