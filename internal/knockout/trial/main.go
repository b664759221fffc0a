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
	item := flag.String("item", "", "run the experiments that name this item of the canon")
	name := flag.String("experiment", "", "run this experiment")
	from := flag.Uint64("from", 1, "first seed")
	seeds := flag.Uint64("seeds", 1000, "how many seeds")
	budget := flag.Duration("time", time.Minute, "how long")
	flag.Parse()

	stages, err := choose(*item, *name)
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

// choose returns the experiment of that name; or first those that name the
// item, and then the others of the item's system.
func choose(item, name string) ([][]*experiment.Experiment, error) {
	if name != "" {
		one, err := experiment.Select(name)
		return [][]*experiment.Experiment{one}, err
	}
	var naming, others []*experiment.Experiment
	system, _, _ := strings.Cut(item, ".")
	for _, e := range experiment.All() {
		switch {
		case slices.Contains(e.Canon, item):
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
		return nil, fmt.Errorf("no experiment names %s, and none is of the system %s", item, system)
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
