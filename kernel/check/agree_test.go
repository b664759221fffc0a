package check_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/checktest"
)

// A commit order that explains the history proves it linearizable; a history
// that is linearizable has such an order, which Porcupine's own answer is; and
// what is not linearizable is explained by no order.
func TestTheTwoJudgesAgree(t *testing.T) {
	var accepted, rejected, unknown, stricter int
	for seed := uint64(0); seed < 6000; seed++ {
		r := rand.New(rand.NewPCG(seed, 2))
		h, commits := checktest.Atomic(r, 1+r.IntN(5), 1+r.IntN(10))
		for range r.IntN(10) {
			checktest.Mutate(r, h)
		}
		order := check.CommitOrder(check.Register(), h, commits)
		search := check.Linearizable(check.Register(), h, check.Options{Timeout: 2 * time.Second})
		switch {
		case search.Verdict == check.Unknown:
			unknown++
		case search.Verdict == check.Violation && order.Verdict == check.OK:
			t.Fatalf("seed %d: %v\nbut the commit order %v explains it:\n%s", seed, search, commits, checktest.Show(h))
		case search.Verdict == check.Violation:
			rejected++
		case order.Verdict == check.OK:
			accepted++
		default:
			stricter++
		}
		if search.Verdict == check.OK {
			theirOwnOrderIsAWitness(t, seed, h)
		}
	}
	t.Logf("%d accepted and %d rejected by both, %d linearizable in another order only, %d undecided",
		accepted, rejected, stricter, unknown)
	if accepted < 1500 || rejected < 1500 {
		t.Fatal("too few of one sort to compare the judges")
	}
}

// theirOwnOrderIsAWitness hands the order that Porcupine found for each object
// to the other judge.
func theirOwnOrderIsAWitness(t *testing.T, seed uint64, h checktest.History) {
	t.Helper()
	for key, part := range byKey(h) {
		order, ok := check.Linearization(check.Register(), part, check.Options{})
		if !ok {
			t.Fatalf("seed %d: linearizable as a whole, not for key %s", seed, key)
		}
		if j := check.CommitOrder(check.Register(), part, order); j.Verdict != check.OK {
			t.Fatalf("seed %d: Porcupine's own order %v is rejected: %v\n%s", seed, order, j, checktest.Show(part))
		}
	}
}

// Every model accepts what an atomic store of its sort answers.
func TestModelsAcceptAnAtomicStore(t *testing.T) {
	for seed := uint64(0); seed < 500; seed++ {
		h, commits := checktest.Atomic(rand.New(rand.NewPCG(seed, 3)), 4, 8)
		for _, j := range []check.Judgement{
			check.Linearizable(check.Register(), h, check.Options{}), check.CommitOrder(check.Register(), h, commits),
			check.Linearizable(check.Versioned(), h, check.Options{}), check.CommitOrder(check.Versioned(), h, commits),
			check.Linearizable(check.Revisioned(), h, check.Options{}), check.CommitOrder(check.Revisioned(), h, commits),
		} {
			if j.Verdict != check.OK {
				t.Fatalf("seed %d: %v\n%s", seed, j, checktest.Show(h))
			}
		}
	}
}

// Canon: consistency.linearizable.definition, consistency.sequential.definition.
func TestSearchersAgreeWithTheDefinitionOnSmallHistories(t *testing.T) {
	counts := map[bool]int{}
	separated := 0
	for seed := uint64(0); seed < 4000; seed++ {
		h := checktest.Tiny(rand.New(rand.NewPCG(seed, 1)))
		want := checktest.ByDefinition(check.Register(), h, check.LinearizableRules)
		if got := check.Linearizable(check.Register(), h, check.Options{}); (got.Verdict == check.OK) != want {
			t.Fatalf("seed %d: definition says %v, Porcupine says %v\n%v", seed, want, got, checktest.Show(h))
		}
		if got := check.Ordered(check.Register(), h, check.LinearizableRules, 1<<20); (got.Verdict == check.OK) != want {
			t.Fatalf("seed %d: definition says %v, search says %v\n%v", seed, want, got, checktest.Show(h))
		}
		sequential := checktest.ByDefinition(check.Register(), h, check.SequentialRules)
		if got := check.Sequential(check.Register(), h, 1<<20); (got.Verdict == check.OK) != sequential {
			t.Fatalf("seed %d: sequential by definition %v, search says %v\n%v", seed, sequential, got, checktest.Show(h))
		}
		if want && !sequential {
			t.Fatalf("seed %d: linearizable but not sequentially consistent\n%v", seed, checktest.Show(h))
		}
		if sequential && !want {
			separated++
		}
		counts[want]++
	}
	if counts[true] < 400 || counts[false] < 400 || separated < 20 {
		t.Fatalf("the generator is too one-sided to tell: %d linearizable, %d not, %d sequential only",
			counts[true], counts[false], separated)
	}
}

// byKey splits a history into those of single keys, numbered anew.
func byKey(h checktest.History) map[string]checktest.History {
	parts := map[string]checktest.History{}
	for _, op := range h {
		part := parts[op.In.Key]
		op.ID = len(part)
		parts[op.In.Key] = append(part, op)
	}
	return parts
}
