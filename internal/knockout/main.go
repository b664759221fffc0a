// Command knockout takes every marked rule out in turn and reports which
// experiment noticed. It exits with status 1 if a rule's absence went unnoticed.
// Package mutant says how it is done.
//
//	go run ./internal/knockout [-seeds N] [-time D] [-record] [-v] [RULE]
//
// RULE is a part of an item's name or of a file's; all rules if it is left out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/knockout/mutant"
)

func main() {
	seeds := flag.Uint64("seeds", 2000, "seeds to spend on a rule")
	budget := flag.Duration("time", time.Minute, "time to spend on a rule")
	record := flag.Bool("record", false, "write what was found to docs/canon/results")
	verbose := flag.Bool("v", false, "print the violations and the runs that replay them")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	survivors, err := run(ctx, flag.Arg(0), mutant.Budget{Seeds: *seeds, Time: *budget}, *record, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if survivors > 0 {
		fmt.Printf("%d rules can be taken out without anybody noticing\n", survivors)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, b mutant.Budget, record, verbose bool) (survivors int, err error) {
	rules, err := mutant.Find(".")
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "parley-knockout-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	root, err := filepath.Abs(".")
	if err != nil {
		return 0, err
	}
	program := filepath.Join(dir, "trial")
	if err := mutant.Build(root, dir, rules, "./internal/knockout/trial", program); err != nil {
		return 0, err
	}
	for _, r := range rules {
		if ctx.Err() != nil {
			return survivors, ctx.Err()
		}
		if !strings.Contains(r.String(), only) {
			continue
		}
		o := mutant.Trial(ctx, program, r, b)
		show(o, verbose)
		if !o.Caught {
			survivors++
		}
		if record {
			if err := save(o); err != nil {
				return survivors, err
			}
		}
	}
	return survivors, nil
}

func show(o mutant.Outcome, verbose bool) {
	if o.Caught {
		fmt.Printf("caught    %-60s by %s, seed %d, after %d runs\n", o.Rule, o.Experiment, o.Seed, o.Tried)
	} else {
		fmt.Printf("SURVIVED  %-60s %d runs %s\n", o.Rule, o.Tried, o.Problem)
	}
	if verbose && o.Violation != "" {
		fmt.Println(indent(o.Violation + "\n" + o.Replay))
	}
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ")
}

// save puts the outcome on record for each item that the rule enforces.
func save(o mutant.Outcome) error {
	for _, id := range o.Rule.IDs {
		system, _, _ := strings.Cut(id, ".")
		results, err := canon.ReadResults(os.DirFS("docs/canon/results"), system)
		if err != nil {
			return err
		}
		results.AddKnockout(canon.Knockout{
			Item: id, Experiment: o.Experiment, Caught: o.Caught, Seed: o.Seed, Tried: int(o.Tried),
		})
		if err := canon.WriteResults(".", system, results); err != nil {
			return err
		}
	}
	return nil
}
