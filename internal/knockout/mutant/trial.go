package mutant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/parleysystems/parley/docs/canon"
)

// Budget bounds what is spent on one rule.
type Budget struct {
	Seeds uint64
	Time  time.Duration // of processors
	// Shrink bounds the runs that go into a smaller form of what was found.
	Shrink int
	// Search and Depth say how to look; empty for what campaigns do.
	Search string
	Depth  int
	// Codec passes messages through the codec.
	Codec bool
}

// Outcome is what became of taking one rule out.
type Outcome struct {
	Rule *Rule
	// Caught tells that an experiment noticed.
	Caught bool
	Report
	// Problem says why a violation does not count, or why there was no answer.
	Problem string
	// Again tells that it was the run that had noticed the last time; Tried is then
	// what it took to find it.
	Again bool
}

// Known is a run that noticed that a rule was out, and how many runs it took to
// find it.
type Known struct {
	Experiment  string
	Seed, Tried uint64
}

// again makes that one run.
func again(ctx context.Context, program string, rule *Rule, k Known, b Budget) Outcome {
	b.Seeds, b.Search, b.Codec = 1, "", false
	o := Trial(ctx, program, rule, b, "-experiments", k.Experiment, "-from", strconv.FormatUint(k.Seed, 10))
	o.Again, o.Tried = o.Caught, max(k.Tried, 1)
	return o
}

// Report is what a trial prints: one JSON object on its standard output.
type Report struct {
	// Caught tells that a run failed: Seed of Experiment, after Tried runs.
	Caught     bool
	Experiment string
	Seed       uint64
	Tried      uint64
	// Violation is what the run showed, Replay a smaller one as text, Witness
	// the events of the smaller one up to the violation.
	Violation string
	Replay    string
	Witness   []string
	// Missing are the states, as "experiment: state", that enough runs for it did
	// not reach: check fails then, although nothing was violated.
	Missing []string
	// Refused says why nothing was run; "" if something was.
	Refused string
	// Hung tells that a run did not end when its time was up.
	Hung bool
}

// ErrRanAway is the problem of a trial that took more memory than a run may.
var ErrRanAway = errors.New("the run took more and more memory and was stopped")

// RanAway is the exit status of such a trial.
const RanAway = 3

// Trial takes a rule out of the instrumented program and runs it within the
// budget. A run that fails must pass with the rule in place (I2). args choose
// the experiments; nil for those that name the rule's items.
func Trial(ctx context.Context, program string, rule *Rule, b Budget, args ...string) Outcome {
	if args == nil {
		args = []string{"-items", strings.Join(rule.IDs, ","), "-system", canon.SystemOf(rule.File)}
	}
	r, err := run(ctx, program, rule.Number, b, args...)
	o := Outcome{Rule: rule, Report: r}
	o.Caught = false
	if err != nil {
		o.Problem = err.Error()
		return o
	}
	if o.Problem = r.Refused; !r.Caught {
		return o
	}
	seed := strconv.FormatUint(r.Seed, 10)
	b.Seeds, b.Shrink = 1, 0
	again := []string{"-experiments", r.Experiment, "-from", seed}
	if b.Search == "coverage" {
		b.Search, again = "", append(again, "-replay", r.Replay) // its runs depend on those before
	}
	with, err := run(ctx, program, 0, b, again...)
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

// Patience is how many times its processor time a trial may take on the wall.
const Patience = 20

// run runs the program once. A program that does not come back in its time is
// stopped: a rule that keeps a loop from ending was taken out.
func run(ctx context.Context, program string, out int, b Budget, args ...string) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*Patience*b.Time+30*time.Second)
	defer cancel()
	if b.Search != "" {
		args = append(args, "-search", b.Search, "-depth", strconv.Itoa(b.Depth))
	}
	if b.Codec {
		args = append(args, "-codec")
	}
	args = append(args, "-seeds", strconv.FormatUint(b.Seeds, 10), "-time", b.Time.String(), "-shrink", strconv.Itoa(b.Shrink))
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), Variable+"="+strconv.Itoa(out))
	var stderr bytes.Buffer
	command.Stderr = &stderr
	text, err := command.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == RanAway {
		return Report{}, ErrRanAway
	}
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
