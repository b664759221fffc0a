package mutant

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Budget bounds what is spent on one rule.
type Budget struct {
	Seeds uint64
	Time  time.Duration
}

// Outcome is what became of taking one rule out.
type Outcome struct {
	Rule *Rule
	// Caught tells that an experiment noticed.
	Caught bool
	// Experiment and Seed are the run that failed, Tried the runs made.
	Experiment string
	Seed       uint64
	Tried      uint64
	// Violation is what the run showed, Replay a smaller one as text.
	Violation string
	Replay    string
	// Problem says why a violation does not count, or why there was no answer.
	Problem string
}

// Report is what a trial prints: one JSON object on its standard output.
type Report struct {
	Caught     bool
	Experiment string
	Seed       uint64
	Tried      uint64
	Violation  string
	Replay     string
}

// Trial takes a rule out of the instrumented program and runs it within the
// budget. A run that fails must pass with the rule in place (I2).
func Trial(ctx context.Context, program string, rule *Rule, b Budget) Outcome {
	o := Outcome{Rule: rule}
	r, err := run(ctx, program, rule.Number, b, "-items", strings.Join(rule.IDs, ","))
	o.Experiment, o.Seed, o.Tried, o.Violation, o.Replay = r.Experiment, r.Seed, r.Tried, r.Violation, r.Replay
	if err != nil {
		o.Problem = err.Error()
		return o
	}
	if !r.Caught {
		return o
	}
	seed := strconv.FormatUint(r.Seed, 10)
	with, err := run(ctx, program, 0, Budget{Seeds: 1, Time: b.Time}, "-experiment", r.Experiment, "-from", seed)
	switch {
	case err != nil:
		o.Problem = err.Error()
	case with.Caught:
		o.Problem = "the same run fails with the rule in place: " + with.Violation
	default:
		o.Caught = true
	}
	return o
}

// run runs the program once. A program that does not come back in twice its
// time is stopped: a rule that keeps a loop from ending was taken out.
func run(ctx context.Context, program string, out int, b Budget, args ...string) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*b.Time+30*time.Second)
	defer cancel()
	args = append(args, "-seeds", strconv.FormatUint(b.Seeds, 10), "-time", b.Time.String())
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), Variable+"="+strconv.Itoa(out))
	var stderr bytes.Buffer
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		return Report{}, fmt.Errorf("trial of %v: %w\n%s", args, err, tail(stderr.Bytes()))
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return Report{}, fmt.Errorf("trial of %v: read its report: %w", args, err)
	}
	return r, nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }
