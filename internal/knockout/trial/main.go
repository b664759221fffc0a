// Command trial runs experiments until one fails or the budget is spent, and
// prints a mutant.Report. Package mutant builds it with switches in it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/parleysystems/parley/internal/knockout/mutant"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"

	_ "github.com/parleysystems/parley/lab" // registers all experiments
)

func main() {
	items := flag.String("items", "", "run the experiments that name one of these items of the canon, then others of its system")
	system := flag.String("system", "", "with -items, the system whose code has the rule: its experiments come first")
	names := flag.String("experiments", "", "run these experiments")
	from := flag.Uint64("from", 1, "first seed")
	seeds := flag.Uint64("seeds", 1000, "how many seeds")
	budget := flag.Duration("time", time.Minute, "how much processor time")
	shrink := flag.Int("shrink", 0, "runs that go into making a violation smaller")
	search := flag.String("search", "swarm", "how to look for a violation")
	depth := flag.Int("depth", 0, "what the search takes for its depth")
	replay := flag.String("replay", "", "make the run that this text describes")
	codec := flag.Bool("codec", false, "pass messages through the codec")
	flag.Parse()

	stages, err := choose(strings.Split(*items, ","), *system, *names)
	if err != nil {
		say(mutant.Report{Refused: err.Error()})
		return
	}
	go watchMemory()
	c := experiment.Campaign{From: *from, To: *from + *seeds - 1, Single: true, Workers: 1, Shrink: *shrink, ShrinkTime: *budget / 2}
	if *replay != "" {
		r, err := experiment.ParseReplay(*replay)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		c.From, c.To, c.Options = r.Seed, r.Seed, r.Options()
	}
	c.Options.Codec = *codec
	if *depth > 0 {
		c.Options.Depth = *depth
	}
	if s, err := experiment.ParseSearch(*search); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	} else if s != experiment.Swarm {
		c.Options.Search = s
	}
	say(run(c, stages, *budget))
}

func say(r mutant.Report) {
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// maxMemory is what a trial may take; runs need some dozens of MiB.
const maxMemory = 2 << 30

// watchMemory ends the process before a run that feeds on itself takes the
// machine's memory.
func watchMemory() {
	for range time.Tick(100 * time.Millisecond) {
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapAlloc > maxMemory {
			os.Exit(mutant.RanAway)
		}
	}
}

// spending returns a context that ends when the process has used so much more
// processor time: a busy machine must not make a rule look as if nobody needed
// it. mutant.Patience bounds the time on the wall.
func spending(budget time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), budget*mutant.Patience)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for end := used() + budget; used() < end; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
	return ctx, cancel
}

// used is the processor time of this process.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("trial: the processor time of this process is not known: " + err.Error())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// run gives each stage an equal part of the time, until one finds something.
func run(c experiment.Campaign, stages [][]*experiment.Experiment, budget time.Duration) (r mutant.Report) {
	var tried uint64
	for _, c.Experiments = range stages {
		ctx, cancel := spending(budget / time.Duration(len(stages)))
		search := c
		search.Shrink = 0 // what is found is made smaller in report
		r = report(c, search.Run(ctx))
		cancel()
		tried += r.Tried
		if r.Caught {
			break
		}
	}
	r.Tried = tried
	return r
}

// choose returns the experiments of these names; or, stage by stage, those of the
// system that name one of the items, others that do, and what else there is of
// the system and of the one that the first item is of. An item of which several
// systems have a rule is named by experiments of all; most of them never come by
// this one.
func choose(items []string, system, names string) ([][]*experiment.Experiment, error) {
	if names != "" {
		var chosen []*experiment.Experiment
		for _, name := range strings.Split(names, ",") {
			found, err := experiment.Select(name)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, found...)
		}
		return [][]*experiment.Experiment{chosen}, nil
	}
	ofItem, _, _ := strings.Cut(items[0], ".")
	var stages [3][]*experiment.Experiment
	for _, e := range experiment.All() {
		named := slices.ContainsFunc(e.Canon, func(id string) bool { return slices.Contains(items, id) })
		switch {
		case named && e.System == system:
			stages[0] = append(stages[0], e)
		case named:
			stages[1] = append(stages[1], e)
		case e.System == system || e.System == ofItem:
			stages[2] = append(stages[2], e)
		}
	}
	chosen := slices.DeleteFunc(stages[:], func(s []*experiment.Experiment) bool { return s == nil })
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no experiment names %v, and none is of the systems %s and %s", items, system, ofItem)
	}
	return chosen, nil
}

// report makes the finding with the least seed smaller, if that was asked for.
func report(c experiment.Campaign, r experiment.Report) mutant.Report {
	var (
		out   mutant.Report
		by    *experiment.Experiment
		found experiment.Finding
	)
	for _, t := range r.Tallies {
		out.Tried += t.Runs
		out.Hung = out.Hung || len(t.Hung) > 0
		for _, m := range t.Missing {
			out.Missing = append(out.Missing, t.Experiment.ID()+": "+m)
		}
		if len(t.Findings) > 0 && (by == nil || t.Findings[0].Seed < found.Seed) {
			by, found = t.Experiment, t.Findings[0]
		}
	}
	if by == nil {
		return out
	}
	out.Caught, out.Experiment, out.Seed, out.Violation = true, by.ID(), found.Seed, found.Result.Violation
	replay := found.Replay
	if c.Shrink > 0 {
		o := c.Options
		o.Plan, o.Params = found.Replay.Plan, found.Replay.Params
		s := experiment.Shrink(context.Background(), by, found.Seed, o, found.Result,
			experiment.Effort{Runs: c.Shrink, Time: c.ShrinkTime})
		out.Violation, replay = s.Result.Violation, s.Replay
		out.Witness = witness(replay)
	}
	out.Replay = replay.String()
	return out
}

// maxWitness is how many lines of a witness are worth printing.
const maxWitness = 200

func witness(r experiment.Replay) []string {
	events, err := experiment.Witness(r)
	if err != nil {
		return []string{err.Error()}
	}
	events = events[max(0, len(events)-maxWitness):]
	var text strings.Builder
	if err := trace.Text(&text, slices.Values(events)); err != nil {
		return []string{err.Error()}
	}
	return strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
}
