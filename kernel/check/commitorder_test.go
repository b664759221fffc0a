package check_test

import (
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/checktest"
)

func TestCommitOrderSaysWhatWentWrong(t *testing.T) {
	for _, c := range []struct {
		name, history string
		commits       []int
		why           string
	}{
		{"lost", `
			1 0..1 write x a -> ok
			2 4..5 write x b -> ok`, []int{1}, "acknowledged, but never executed:\n  #0 "},
		{"twice", `
			1 0..1 write x a -> ok
			2 4..5 write x b -> ok`, []int{0, 1, 0}, "executed twice, as commits 1 and 3:\n  #0 "},
		{"denied", `
			1 0..1 write x a -> !`, []int{0}, "its client was told that it would not be"},
		{"unasked", `
			1 0..1 write x a -> ok`, []int{0, check.Unasked}, "commit 2 executed a command that no client sent"},
		{"inverted", `
			1 0..1 write x a -> ok
			2 4..5 write x b -> ok`, []int{1, 0}, "commit 1 was called after an operation returned that saw commit 2"},
		{"stale", `
			1 0..1 write x a -> ok
			2 4..5 read x    -> -`, []int{0}, "stale: this answer was right at commit 0, but commit 1 had been seen"},
		{"new then old", `
			1 0..9 write x a -> ok
			2 1..2 read x    -> a
			3 4..5 read x    -> -`, []int{0}, "stale"},
		{"from the future", `
			1 0..1 read x    -> a
			2 4..5 write x a -> ok`, []int{1}, "commit 1 was called after an operation returned that saw commit 1"},
		{"invented", `
			1 0..1 write x a -> ok
			2 4..5 read x    -> z`, []int{0}, "never the right answer in any state that was committed"},
		{"wrong answer", `
			1 0..1 cas x q b -> true`, []int{0}, "wrong answer to commit 1, executed in state"},
	} {
		j := check.CommitOrder(check.Register(), checktest.Parse(c.history), c.commits)
		if j.Verdict != check.Violation || !strings.Contains(j.Why, c.why) {
			t.Errorf("%s: got %v, want a violation with %q", c.name, j, c.why)
		}
	}
}

func TestCommitOrderPlacesReadsWhereTheirAnswerIsRight(t *testing.T) {
	h := checktest.Parse(`
		1 0..1   write x a -> ok
		2 2..30  write x b -> ok
		3 3..29  read x    -> a
		4 4..28  read x    -> b
		5 31..32 read x    -> b
		6 3..29  write x c -> ?`)
	if j := check.CommitOrder(check.Register(), h, []int{0, 1}); j.Verdict != check.OK {
		t.Error(j)
	}
}

// A counter's sums show an increment that was executed twice.
func TestACounterNoticesADoubleAdd(t *testing.T) {
	right := checktest.Parse(`
		1 0..9 add n 1 -> 1
		2 0..9 add n 1 -> 2
		1 10..11 add n 5 -> 7`)
	if j := check.Linearizable(check.Counter(), right, check.Options{}); j.Verdict != check.OK {
		t.Error(j)
	}
	twice := checktest.Parse(`
		1 0..9 add n 1 -> 1
		2 0..9 add n 1 -> 3`)
	if j := check.Linearizable(check.Counter(), twice, check.Options{}); j.Verdict != check.Violation {
		t.Error(j)
	}
}

func TestAListShowsTheOrderOfAppends(t *testing.T) {
	h := checktest.Parse(`
		1 0..9 append l a -> ok
		2 0..9 append l b -> ok
		3 10..11 read l -> b,a
		4 12..13 read l -> b,a`)
	if j := check.Linearizable(check.List(), h, check.Options{}); j.Verdict != check.OK {
		t.Error(j)
	}
	h[3].Out.Value = "a,b"
	if j := check.Linearizable(check.List(), h, check.Options{}); j.Verdict != check.Violation {
		t.Error(j)
	}
}

// Revisions are judged although those of other keys lie in between, and a
// change whose answer was lost gets its revision from the first read.
func TestRevisionsGrowAndStay(t *testing.T) {
	h := checktest.Parse(`
		1 0..1 write x a -> ok
		2 2..3 write x b -> ?
		3 4..5 read x    -> b
		3 6..7 read x    -> b`)
	h[0].Out.Revision, h[2].Out.Revision, h[3].Out.Revision = 7, 12, 12
	if j := check.Linearizable(check.Revisioned(), h, check.Options{}); j.Verdict != check.OK {
		t.Error(j)
	}
	h[3].Out.Revision = 13
	if j := check.Linearizable(check.Revisioned(), h, check.Options{}); j.Verdict != check.Violation {
		t.Error("a revision changed without a change:", j)
	}
	h[2].Out.Revision, h[3].Out.Revision = 6, 6
	if j := check.Linearizable(check.Revisioned(), h, check.Options{}); j.Verdict != check.Violation {
		t.Error("a later change has a lower revision:", j)
	}
}
