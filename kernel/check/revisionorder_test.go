package check_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/checktest"
	"github.com/parleysystems/parley/kernel/workload"
)

// Judging by revisions says the same as searching, on whole and on damaged
// histories, or else sees revisions that are wrong whatever the key.
func TestRevisionsDecideLikeASearch(t *testing.T) {
	counts := map[check.Verdict]int{}
	for seed := uint64(0); seed < 2000; seed++ {
		r := rand.New(rand.NewPCG(seed, 4))
		h, _ := checktest.Atomic(r, 1+r.IntN(5), 1+r.IntN(10))
		for range r.IntN(6) {
			checktest.Mutate(r, h)
		}
		search := check.Linearizable(check.Revisioned(), h, check.Options{})
		got := check.RevisionOrder(h, check.Options{})
		if got.Verdict != search.Verdict && got.Judge != "revision order" {
			t.Fatalf("seed %d: %v, but %v\n%s", seed, got, search, checktest.Show(h))
		}
		counts[got.Verdict]++
	}
	if counts[check.OK] < 300 || counts[check.Violation] < 300 {
		t.Errorf("too one-sided to tell: %v", counts)
	}
}

func TestRevisionsAreOneOrderOfAllKeys(t *testing.T) {
	h := checktest.Parse(`
		1 0..1 write x a -> ok
		2 2..3 write y b -> ok`)
	h[0].Out.Revision, h[1].Out.Revision = 7, 7
	if j := check.RevisionOrder(h, check.Options{}); j.Verdict != check.Violation || !strings.Contains(j.Why, "two changes have revision 7") {
		t.Error(j)
	}
	h[0].Out.Revision, h[1].Out.Revision = 8, 7
	if j := check.RevisionOrder(h, check.Options{}); j.Verdict != check.Violation || !strings.Contains(j.Why, "lower revision") {
		t.Error("the revisions of two keys go against real time:", j)
	}
}

// A hundred thousand operations on one key, half of them with lost answers, are
// far beyond a search.
func TestLongHistoriesAreJudgedByRevision(t *testing.T) {
	var h checktest.History
	const n = 100_000
	for i := range n {
		at := time.Duration(10 * i)
		op := workload.Operation[workload.Request, workload.Response]{
			ID: i, Client: i % 7, Call: at, Return: at + 25, Outcome: workload.OK,
			In: workload.Request{Verb: workload.Write, Key: "x", Value: fmt.Sprint(i)},
		}
		op.Out.Revision = uint64(i) + 1
		if i%2 == 1 {
			op.In, op.Call = workload.Request{Verb: workload.Read, Key: "x"}, at+16
			op.Out = workload.Response{Value: fmt.Sprint(i - 1), Revision: uint64(i)}
			h[i-1].Outcome, h[i-1].Return = workload.Unknown, workload.Never
		}
		h = append(h, op)
	}
	began := time.Now()
	if j := check.RevisionOrder(h, check.Options{Timeout: time.Second}); j.Verdict != check.OK {
		t.Fatal(j)
	}
	t.Logf("%d operations in %v", n, time.Since(began))
}
