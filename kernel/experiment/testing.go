package experiment

import (
	"context"
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/kernel/check"
)

// TB is the part of testing.TB that tests of experiments need.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// shrinkRuns is how many runs a failing test may spend on a smaller plan.
const shrinkRuns = 300

// Test runs an experiment with seeds 1 to n, each twice, and fails t unless all
// pass. The failure names the shrunk plan and the line that replays it.
func Test(t TB, e *Experiment, n uint64) {
	t.Helper()
	report := Campaign{Experiments: []*Experiment{e}, From: 1, To: n, Shrink: shrinkRuns}.Run(context.Background())
	if report.Verdict() != check.OK {
		t.Fatalf("%s", report.String())
	}
	t.Logf("%s", report.String())
}

// TestReplays makes the runs that are kept as text in the files of a pattern
// and fails t unless all of them pass: each once found a violation.
func TestReplays(t TB, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no replays at %s: %v", pattern, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v", err)
		}
		r, err := ParseReplay(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found, err := Select(r.Experiment)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if result := Twice(found[0], r.Seed, r.Options()); result.Verdict != check.OK {
			t.Fatalf("%s: %v: %s", file, result.Verdict, result.Violation)
		}
	}
}
