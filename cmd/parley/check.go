package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// checkFlags are the flags of one check, as typed.
type checkFlags struct {
	seeds, faults, replay, record string
	search, plans                 string
	depth                         int
	set                           []string
	minutes                       float64
	shrinkTime                    time.Duration
	workers, stop, shrink         int
	verbose, single, list, quiet  bool
	marks                         bool // print how often each Sometimes state was reached
	pictures                      pictures
}

func newCheck() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check SYSTEM[/EXPERIMENT]...",
		Short: "Simulate a system under faults and judge whether its promise held",
		Long: `check runs the experiments of a system in the simulator. A seed decides everything:
the size of the cluster, the protocol's own knobs, delays, losses, crashes, torn
writes. Each seed runs twice, with messages passed by reference and through the
codec, and the two runs must not differ.

A failure prints the line that replays it and a fault plan with everything taken
out that the failure does not need; a long plan goes to a file that the line names.
The exit status is 0 only if every promise held, nothing was left undecided, and the
states that an experiment must have passed through to mean something were reached.`,
		Example: `  parley check raft                              # 100 seeds of every experiment
  parley check raft --seeds 1..2000
  parley check raft/linearizable --minutes 10    # seeds that nobody has tried
  parley check raft/linearizable --seeds 17 -v   # one run, with its trace
  parley check raft --search pct --seeds 1..500  # adversarial orders of deliveries
  parley check raft/small --search exhaustive --depth 9
  parley check raft/linearizable --seeds 17 --faults 'at 2s crash a'
  parley check raft/figure-8 --seeds 1 --svg figure8.svg`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return listExperiments(cmd.OutOrStdout(), args)
			}
			c, err := f.campaign(cmd, args)
			if err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			return f.run(cmd, c)
		},
		ValidArgsFunction: completeExperiments,
	}
	fs := cmd.Flags()
	fs.StringVar(&f.seeds, "seeds", "1..100", "seeds to run: A..B, or one")
	fs.Float64Var(&f.minutes, "minutes", 0, "run new seeds for this long instead")
	fs.StringVar(&f.faults, "faults", "", "fault plan in place of the drawn one: its text, or @FILE; empty for no faults")
	fs.StringArrayVar(&f.set, "set", nil, "fix a parameter of the experiment: NAME=VALUE (see --list)")
	fs.StringVar(&f.replay, "replay", "", "run what FILE describes (experiment, seed, parameters, plan)")
	fs.StringVar(&f.search, "search", "swarm", "how to look: swarm, pct, exhaustive (small worlds only), coverage")
	fs.IntVar(&f.depth, "depth", 0, "pct: ordering constraints to aim at, 2 to 6 by seed if 0; exhaustive: moves, 7 if 0")
	fs.IntVar(&f.workers, "workers", 0, "runs at a time; 0 for one a processor")
	fs.IntVar(&f.stop, "stop", 1, "stop after this many violations")
	fs.IntVar(&f.shrink, "shrink", 400, "runs to spend on making the first violation smaller")
	fs.DurationVar(&f.shrinkTime, "shrink-time", time.Minute, "time to spend on that")
	fs.BoolVar(&f.single, "single", false, "run each seed once, without comparing two runs")
	fs.StringVar(&f.record, "record", "", "add what was found to the ledger of the checkout at DIR")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print a line a run; for a single run, its trace")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress bar")
	fs.BoolVar(&f.marks, "marks", false, "print in how many runs each state was reached that has to be reached")
	fs.StringVar(&f.plans, "plans", ".", "directory for plans of failed runs that are too long to print")
	f.pictures.flags(cmd)
	fs.BoolVar(&f.list, "list", false, "list the experiments, what they ask and their parameters")
	return cmd
}

func completeExperiments(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, e := range experiment.All() {
		if !slices.Contains(names, e.System) {
			names = append(names, e.System)
		}
		names = append(names, e.ID())
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// campaign turns the flags into what to run.
func (f *checkFlags) campaign(cmd *cobra.Command, args []string) (experiment.Campaign, error) {
	c := experiment.Campaign{Workers: f.workers, Single: f.single, Stop: f.stop, Shrink: f.shrink, ShrinkTime: f.shrinkTime}
	if f.replay != "" {
		return c, f.readReplay(&c, args)
	}
	if len(args) == 0 {
		return c, fmt.Errorf("name a system or an experiment; parley check --list shows them")
	}
	for _, name := range args {
		found, err := selectExperiments(name)
		if err != nil {
			return c, err
		}
		c.Experiments = append(c.Experiments, found...)
	}
	search, err := experiment.ParseSearch(f.search)
	if err != nil {
		return c, err
	}
	if c.Options.Depth = f.depth; search != experiment.Swarm {
		c.Options.Search = search
	}
	if c.From, c.To, err = parseSeeds(f.seeds); err != nil {
		return c, err
	}
	if f.minutes > 0 {
		c.Until = time.Now().Add(time.Duration(f.minutes * float64(time.Minute)))
		if !cmd.Flags().Changed("seeds") {
			c.From, c.To = uint64(time.Now().UnixNano())&math.MaxInt32<<16, 0
		}
		c.To = max(c.To, c.From+1<<40)
	}
	if cmd.Flags().Changed("faults") {
		if c.Options.Plan, err = planText(f.faults); err != nil {
			return c, err
		}
	}
	if c.Options.Params, err = parseParams(f.set); err != nil {
		return c, err
	}
	for _, e := range c.Experiments {
		if err := e.Check(c.Options); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (f *checkFlags) readReplay(c *experiment.Campaign, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("--replay names its experiment itself; leave %s out", args[0])
	}
	text, err := os.ReadFile(f.replay)
	if err != nil {
		return err
	}
	r, err := experiment.ParseReplay(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", f.replay, err)
	}
	c.Experiments, err = selectExperiments(r.Experiment)
	if err != nil {
		return fmt.Errorf("%s: %w", f.replay, err)
	}
	c.From, c.To, c.Options = r.Seed, r.Seed, r.Options()
	return c.Experiments[0].Check(c.Options)
}

// run runs the campaign, reports it, and turns the verdict into an exit status.
func (f *checkFlags) run(cmd *cobra.Command, c experiment.Campaign) error {
	display := newDisplay(cmd.ErrOrStderr(), cmd.OutOrStdout(), f, c)
	c.Progress, c.Shrinking = display.progress, display.shrinking
	report := c.Run(cmd.Context())
	display.finish()

	out := cmd.OutOrStdout()
	plans := longPlans{dir: f.plans}
	plans.keep(report)
	fmt.Fprint(out, report.String())
	plans.write(out)
	if f.verbose && c.From == c.To && len(c.Experiments) == 1 {
		if err := writeTrace(out, c); err != nil {
			return err
		}
	}
	if f.marks {
		if err := writeMarks(out, report); err != nil {
			return err
		}
	}
	if err := f.pictures.write(out, c, report); err != nil {
		return err
	}
	if f.record != "" {
		if err := record(f.record, report); err != nil {
			return fmt.Errorf("record results: %w", err)
		}
	}
	verdict := report.Verdict()
	fmt.Fprintf(out, "%s in %v\n", conclusion(verdict, report.Cut), report.Wall.Round(time.Millisecond))
	if verdict != check.OK || report.Cut && cmd.Context().Err() == context.Canceled {
		return errReported
	}
	return nil
}

func conclusion(v check.Verdict, cut bool) string {
	switch {
	case v == check.Violation:
		return "VIOLATED: a promise was broken"
	case cut:
		return "INTERRUPTED: nothing was violated before"
	case v == check.OK:
		return "HELD: nothing was violated"
	}
	return "UNKNOWN: nothing was violated, but not everything was decided or reached"
}

// parseSeeds reads "A..B" or "A".
func parseSeeds(text string) (from, to uint64, err error) {
	a, b, ranged := strings.Cut(text, "..")
	if !ranged {
		b = a
	}
	from, err = parseSeed(a)
	if err != nil {
		return 0, 0, err
	}
	to, err = parseSeed(b)
	if err == nil && to < from {
		err = fmt.Errorf("seeds %s: the last is below the first", text)
	}
	return from, to, err
}
