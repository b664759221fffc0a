package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/knockout/mutant"
	"github.com/parleysystems/parley/kernel/experiment"
)

// knockoutFlags are the flags of one knockout, as typed.
type knockoutFlags struct {
	budget                  mutant.Budget
	workers, sample         int
	mutate                  string
	experiments             []string
	seed                    uint64
	record, asJSON, verbose bool
	afresh                  bool
}

func newKnockout() *cobra.Command {
	var f knockoutFlags
	cmd := &cobra.Command{
		Use:   "knockout [SYSTEM|ID]...",
		Short: "Take rules out of the code and see which experiment notices",
		Long: `knockout takes out, one at a time, the statements that //parley:rule marks as what
enforces an item of the canon, and runs the experiments that name the item until
one finds a violation. A rule whose absence nobody notices means an experiment
without teeth, or a rule that is not needed; it makes the exit status 1.

All rules are compiled into one program, each behind a switch; sources stay as
they are. It needs those sources, so it runs in a checkout, and Go. The program is
kept in the user's cache, and built again where sources have changed. What noticed
a rule's absence the last time, by the ledger, is tried first.

With --mutate it needs no marks: it changes a sample of a package's conditions,
comparisons and statements. A run that hangs or takes all memory has noticed, and
so has a campaign that misses a state which it must reach. What survives is a rule that nobody marked, code that
nobody needs, a change that makes no difference, or an experiment that is missing;
which of them, a person has to find out.`,
		Example: `  parley knockout raft
  parley knockout raft.election.up-to-date-check -v
  parley knockout --mutate systems/consensus/raft --sample 100`,
		Args: cobra.ArbitraryArgs,
		RunE: f.run,
	}
	fs := cmd.Flags()
	fs.Uint64Var(&f.budget.Seeds, "seeds", 2000, "seeds to spend on a rule")
	fs.DurationVar(&f.budget.Time, "time", time.Minute, "processor time to spend on a rule, however busy the machine is")
	fs.IntVar(&f.budget.Shrink, "shrink", 200, "runs to spend on making a violation smaller, where it is printed (-v, --json)")
	fs.IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "trials at a time")
	fs.BoolVar(&f.record, "record", false, "put what was found into the checkout's ledger")
	fs.BoolVar(&f.asJSON, "json", false, "print the outcomes as a JSON array")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print violations, the runs that replay them and their events")
	fs.BoolVar(&f.afresh, "afresh", false, "search from the first seed, whatever is on record")
	fs.StringSliceVar(&f.experiments, "experiment", nil, "run these experiments, and not those that name the rule's items")
	fs.StringVar(&f.budget.Search, "search", "", "how they look: swarm, pct, exhaustive, coverage")
	fs.IntVar(&f.budget.Depth, "depth", 0, "the search's depth, as of check")
	fs.StringVar(&f.mutate, "mutate", "", "change a package instead, marked or not: its directory or name")
	fs.IntVar(&f.sample, "sample", 100, "with --mutate, how many changes to draw; 0 for all")
	fs.Uint64Var(&f.seed, "seed", 1, "with --mutate, draws the sample")
	return cmd
}

func (f *knockoutFlags) run(cmd *cobra.Command, args []string) error {
	if f.mutate != "" && (f.record || len(args) > 0) {
		return usageError{cmd.CommandPath(), fmt.Errorf("--mutate changes what no item is about: leave --record and the names out")}
	}
	root, err := checkout()
	if err == nil {
		_, err = exec.LookPath("go")
	}
	if err != nil {
		return fmt.Errorf("knockout: %w", err)
	}
	if !f.verbose && !f.asJSON {
		f.budget.Shrink = 0 // nobody would see what comes of it
	}
	dir, err := os.MkdirTemp("", "parley-knockout-")
	if err != nil {
		return fmt.Errorf("knockout: %w", err)
	}
	defer os.RemoveAll(dir)
	bench, broken, err := f.prepare(cmd, root, dir, args)
	if err != nil {
		return err
	}
	out := &knockoutOutput{w: cmd.OutOrStdout(), verbose: f.verbose, quiet: f.asJSON}
	bench.Progress = out.outcome
	outcomes := bench.Run(cmd.Context())
	if f.asJSON {
		if err := writeOutcomes(cmd.OutOrStdout(), outcomes); err != nil {
			return err
		}
	}
	if f.record {
		if err := recordKnockouts(root, outcomes); err != nil {
			return fmt.Errorf("record knock-outs: %w", err)
		}
	}
	return out.conclude(outcomes, len(bench.Rules)+broken, f.mutate != "")
}

// prepare finds the rules, builds the program and says what to try. It counts the
// rules that cannot be taken out.
func (f *knockoutFlags) prepare(cmd *cobra.Command, root, dir string, names []string) (bench *mutant.Bench, broken int, err error) {
	if f.mutate != "" {
		bench, err = f.prepareMutants(cmd.Context(), root, dir)
		return bench, 0, err
	}
	rules, err := mutant.Find(root)
	if err != nil {
		return nil, 0, fmt.Errorf("knockout: %w", err)
	}
	meant := func(r *mutant.Rule) bool {
		return len(names) == 0 || slices.ContainsFunc(names, r.Concerns)
	}
	chosen := slices.DeleteFunc(slices.Clone(rules), func(r *mutant.Rule) bool { return !meant(r) })
	if len(chosen) == 0 {
		return nil, 0, usageError{cmd.CommandPath(), noRule(names)}
	}
	// All of them get their switch, whichever are meant: what is compiled is the
	// same each time.
	program, compiled, err := mutant.PrepareKept(cmd.Context(), root, dir, rules)
	if err != nil {
		return nil, 0, err
	}
	bench = &mutant.Bench{Program: program, Budget: f.budget, Workers: f.workers}
	for _, r := range chosen {
		if slices.Contains(compiled, r) {
			bench.Rules = append(bench.Rules, r)
		} else {
			fmt.Fprintf(cmd.ErrOrStderr(), "cannot be taken out, since the code does not compile without it: %s\n", r)
		}
	}
	switch {
	case f.experiments != nil:
		bench.Experiments = func(*mutant.Rule) []string { return f.experiments }
	case !f.afresh && f.budget.Search == "":
		bench.Known, err = known(root, rules)
	}
	return bench, len(chosen) - len(bench.Rules), err
}

// noRule says that no rule is meant by the names, and what may have been.
func noRule(names []string) error {
	hint := ""
	if l, err := canon.Load(); err == nil {
		hint = meant(names[len(names)-1], knownItems(l.Items()))
	}
	return fmt.Errorf("no rule that can be taken out is meant by %s%s", strings.Join(names, ", "), hint)
}

// reachSeeds is how many seeds tell which experiments come by a mutant.
const reachSeeds = 10

func (f *knockoutFlags) prepareMutants(ctx context.Context, root, dir string) (*mutant.Bench, error) {
	pkg, err := packageDir(root, f.mutate)
	if err != nil {
		return nil, err
	}
	all, err := mutant.Mutants(root, pkg)
	if err != nil {
		return nil, err
	}
	program, compiled, err := mutant.Prepare(ctx, root, dir, mutant.Sample(all, f.sample, f.seed))
	if err != nil {
		return nil, err
	}
	ids, err := f.meant()
	if err != nil {
		return nil, err
	}
	reached, err := mutant.Reached(ctx, program, dir, ids, mutant.Budget{Seeds: reachSeeds, Time: 5 * time.Second, Codec: true})
	if err != nil {
		return nil, err
	}
	f.budget.Codec = true // or what a package's codec does would go unnoticed
	return &mutant.Bench{Program: program, Rules: compiled, Budget: f.budget, Workers: f.workers,
		Experiments: func(r *mutant.Rule) []string { return reached[r.Number] }}, nil
}

// meant returns the experiments to choose from: those that were named, or all.
func (f *knockoutFlags) meant() (ids []string, err error) {
	list := experiment.All()
	if f.experiments != nil {
		list = nil
	}
	for _, name := range f.experiments {
		found, err := selectExperiments(name)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	for _, e := range list {
		ids = append(ids, e.ID())
	}
	return ids, nil
}

// packageDir returns the directory that is meant by "systems/consensus/raft" or
// "raft".
func packageDir(root, name string) (string, error) {
	name = strings.TrimPrefix(filepath.ToSlash(filepath.Clean(name)), "./")
	if files, _ := filepath.Glob(filepath.Join(root, name, "*.go")); len(files) > 0 {
		return name, nil
	}
	for _, pattern := range []string{"systems/*/" + name, "kernel/" + name, "blocks/" + name} {
		if found, _ := filepath.Glob(filepath.Join(root, pattern)); len(found) == 1 {
			rel, err := filepath.Rel(root, found[0])
			return filepath.ToSlash(rel), err
		}
	}
	return "", fmt.Errorf("knockout --mutate %s: the checkout has no such package", name)
}
