// Command trial runs experiments until one fails or the budget is spent, and
// prints a mutant.Report. Package mutant builds it with switches in it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/internal/knockout/mutant"
	"github.com/parleysystems/parley/kernel/experiment"

	_ "github.com/parleysystems/parley/lab" // registers all experiments
)

// shrinkRuns is how many runs go into making a violation smaller.
const shrinkRuns = 200

func main() {
	items := flag.String("items", "", "run the experiments that name one of these items of the canon, then others of the system")
	name := flag.String("experiment", "", "run this experiment")
	from := flag.Uint64("from", 1, "first seed")
	seeds := flag.Uint64("seeds", 1000, "how many seeds")
	budget := flag.Duration("time", time.Minute, "how long")
	flag.Parse()

	stages, err := choose(strings.Split(*items, ","), *name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	c := experiment.Campaign{From: *from, To: *from + *seeds - 1, Single: true, Shrink: shrinkRuns}
	if err := json.NewEncoder(os.Stdout).Encode(run(c, stages, *budget)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run gives each stage an equal part of the time, until one finds something.
func run(c experiment.Campaign, stages [][]*experiment.Experiment, budget time.Duration) (r mutant.Report) {
	var tried uint64
	for _, c.Experiments = range stages {
		ctx, cancel := context.WithTimeout(context.Background(), budget/time.Duration(len(stages)))
		r = report(c.Run(ctx))
		cancel()
		tried += r.Tried
		if r.Caught {
			break
		}
	}
	r.Tried = tried
	return r
}

// choose returns the experiment of that name; or first those that name one of
// the items, and then the others of the system that the first item is of.
func choose(items []string, name string) ([][]*experiment.Experiment, error) {
	if name != "" {
		one, err := experiment.Select(name)
		return [][]*experiment.Experiment{one}, err
	}
	var naming, others []*experiment.Experiment
	system, _, _ := strings.Cut(items[0], ".")
	named := func(id string) bool { return slices.Contains(items, id) }
	for _, e := range experiment.All() {
		switch {
		case slices.ContainsFunc(e.Canon, named):
			naming = append(naming, e)
		case e.System == system:
			others = append(others, e)
		}
	}
	var stages [][]*experiment.Experiment
	for _, s := range [][]*experiment.Experiment{naming, others} {
		if s != nil {
			stages = append(stages, s)
		}
	}
	if stages == nil {
		return nil, fmt.Errorf("no experiment names %v, and none is of the system %s", items, system)
	}
	return stages, nil
}

func report(r experiment.Report) mutant.Report {
	var out mutant.Report
	for _, t := range r.Tallies {
		out.Tried += t.Runs
		if len(t.Findings) == 0 || out.Caught && t.Findings[0].Seed >= out.Seed {
			continue
		}
		f := t.Findings[0]
		out.Caught, out.Experiment, out.Seed, out.Violation = true, t.Experiment.ID(), f.Seed, f.Result.Violation
		if f.Shrunk != nil {
			out.Violation, out.Replay = f.Shrunk.Result.Violation, f.Shrunk.Replay.String()
		}
	}
	return out
}
