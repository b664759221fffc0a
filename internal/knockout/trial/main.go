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

	experiments, err := choose(*item, *name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *budget)
	defer cancel()
	c := experiment.Campaign{Experiments: experiments, From: *from, To: *from + *seeds - 1, Single: true, Shrink: shrinkRuns}
	if err := json.NewEncoder(os.Stdout).Encode(report(c.Run(ctx))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// choose returns the experiment of that name, or those that name the item, or
// else all of the item's system.
func choose(item, name string) ([]*experiment.Experiment, error) {
	if name != "" {
		return experiment.Select(name)
	}
	var naming []*experiment.Experiment
	for _, e := range experiment.All() {
		if slices.Contains(e.Canon, item) {
			naming = append(naming, e)
		}
	}
	if naming != nil {
		return naming, nil
	}
	system, _, _ := strings.Cut(item, ".")
	return experiment.Select(system)
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
