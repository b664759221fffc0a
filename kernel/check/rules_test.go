package check_test

import (
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/checktest"
)

// corpus holds histories with the models that accept them.
var corpus = []struct {
	name, history            string
	linearizable, sequential bool
}{
	{"overlapping write and read, either order", `
		1 0..10 write x a -> ok
		2 2..5  read x    -> -
		3 3..8  read x    -> a`, true, true},
	{"overlapping, the operation that began later takes effect first", `
		1 0..10 write x a -> ok
		2 1..9  write x b -> ok
		3 20..21 read x   -> a`, true, true},
	{"stale read after another client's completed write", `
		1 0..1 write x a -> ok
		2 2..3 read x    -> -`, false, true},
	{"a client misses its own write", `
		1 0..1 write x a -> ok
		1 2..3 read x    -> -`, false, false},
	{"new then old, while the write is still open", `
		1 0..20 write x a -> ok
		2 2..4  read x    -> a
		3 6..8  read x    -> -`, false, true},
	{"new then old at one client", `
		1 0..20 write x a -> ok
		2 2..4  read x    -> a
		2 6..8  read x    -> -`, false, false},
	{"two clients see two writes in different orders", `
		1 0..1  write x a -> ok
		2 0..1  write x b -> ok
		3 2..3  read x    -> a
		3 4..5  read x    -> b
		4 2..3  read x    -> b
		4 4..5  read x    -> a`, false, false},
	{"each object in order, but not both together", `
		1 0..1 write x a -> ok
		1 2..3 read y    -> -
		2 0..1 write y a -> ok
		2 2..3 read x    -> -`, false, false},
	{"a lost write may show up late", `
		1 0..1 write x a -> ?
		2 2..3 read x    -> -
		2 8..9 read x    -> a`, true, true},
	{"a lost write may not go away again", `
		1 0..1 write x a -> ?
		2 2..3 read x    -> a
		2 8..9 read x    -> -`, false, false},
	{"a failed write must not show", `
		1 0..1 write x a -> !
		2 2..3 read x    -> a`, false, false},
	{"a value that nobody wrote", `
		1 0..1 write x a -> ok
		2 0..9 read x    -> z`, false, false},
	{"one of two equal swaps wins", `
		1 0..9 cas x - a -> true
		2 0..9 cas x - b -> true`, false, false},
}

// Canon: consistency.recap.three-conditions, consistency.linearizable.definition,
// consistency.linearizable.write-then-read, consistency.linearizable.reads-never-go-back.
func TestThreeRulesReproduceBothModelsOnLabelledHistories(t *testing.T) {
	for _, c := range corpus {
		h := checktest.Parse(c.history)
		verdicts := map[string]bool{
			"Porcupine":                check.Linearizable(check.Register(), h, check.Options{}).Verdict == check.OK,
			"search":                   check.Ordered(check.Register(), h, check.LinearizableRules, 1<<20).Verdict == check.OK,
			"definition":               checktest.ByDefinition(check.Register(), h, check.LinearizableRules),
			"search, no real time":     check.Sequential(check.Register(), h, 1<<20).Verdict == check.OK,
			"definition, no real time": checktest.ByDefinition(check.Register(), h, check.SequentialRules),
		}
		for judge, got := range verdicts {
			want := c.linearizable
			if strings.Contains(judge, "no real time") {
				want = c.sequential
			}
			if got != want {
				t.Errorf("%s: %s says %v, want %v", c.name, judge, got, want)
			}
		}
	}
}

// Canon: consistency.sequential.no-real-time (a false claim), and the knock-out
// of consistency.linearizable.definition: without the real-time rule a judge
// accepts a stale read.
func TestWithoutTheRealTimeRuleAStaleReadIsAccepted(t *testing.T) {
	stale := checktest.Parse(`
		1 0..1 write x a -> ok
		2 2..3 read x    -> -`)
	if v := check.Ordered(check.Register(), stale, check.Rules{ProgramOrder: true}, 1<<10).Verdict; v != check.OK {
		t.Errorf("program order only: %v, want ok", v)
	}
	if v := check.Ordered(check.Register(), stale, check.Rules{ProgramOrder: true, RealTime: true}, 1<<10).Verdict; v != check.Violation {
		t.Errorf("with real time: %v, want violation", v)
	}
}

// Dropping program order as well accepts even a client that misses its own
// write, so each of the rules carries weight.
func TestWithoutProgramOrderAClientMayMissItsOwnWrite(t *testing.T) {
	h := checktest.Parse(`
		1 0..1 write x a -> ok
		1 2..3 read x    -> -`)
	if v := check.Ordered(check.Register(), h, check.Rules{}, 1<<10).Verdict; v != check.OK {
		t.Errorf("no rules: %v, want ok", v)
	}
	if v := check.Sequential(check.Register(), h, 1<<10).Verdict; v != check.Violation {
		t.Errorf("program order: %v, want violation", v)
	}
}

func TestASearchThatRunsOutIsUnknown(t *testing.T) {
	h := checktest.Parse(corpus[6].history)
	if j := check.Ordered(check.Register(), h, check.SequentialRules, 2); j.Verdict != check.Unknown || j.Why == "" {
		t.Errorf("two steps: %v, want unknown with a reason", j)
	}
}
