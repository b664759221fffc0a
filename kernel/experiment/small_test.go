package experiment_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
)

// counter is a small world: hosts read a shared number and write back one more
// than they read. With locks they do so one at a time, without them an update
// can get lost.
type counter struct {
	locks bool
	value int
	read  []int // by host; -1 before its read, -2 after its write
	marks experiment.Marks
}

func newCounter(hosts int, locks bool) *counter {
	c := &counter{locks: locks, read: slices.Repeat([]int{-1}, hosts)}
	return c
}

func (c *counter) Moves() []string {
	var moves []string
	held := slices.ContainsFunc(c.read, func(v int) bool { return v >= 0 })
	for h, v := range c.read {
		if v >= 0 {
			moves = append(moves, fmt.Sprintf("write h%d", h))
		} else if v == -1 && !(c.locks && held) {
			moves = append(moves, fmt.Sprintf("read h%d", h))
		}
	}
	return moves
}

func (c *counter) Make(move string) bool {
	if !slices.Contains(c.Moves(), move) {
		return false
	}
	var h int
	if n, _ := fmt.Sscanf(move, "read h%d", &h); n == 1 {
		c.read[h] = c.value
	} else {
		fmt.Sscanf(move, "write h%d", &h)
		c.value, c.read[h] = c.read[h]+1, -2
	}
	c.marks.Sometimes("everybody wrote", c.done())
	return true
}

func (c *counter) done() bool {
	return !slices.ContainsFunc(c.read, func(v int) bool { return v != -2 })
}

func (c *counter) Broken() string {
	if c.done() && c.value != len(c.read) {
		return fmt.Sprintf("%d hosts counted to %d", len(c.read), c.value)
	}
	return ""
}

func (c *counter) State() uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, c.value, c.read)
	return h.Sum64()
}

func (c *counter) Marks() *experiment.Marks { return &c.marks }
func (c *counter) Close()                   {}

func counting(hosts int, locks bool) *experiment.Experiment {
	return experiment.Small(experiment.Experiment{
		System: "toy", Name: "counter", Question: "Is an update lost?", Sometimes: []string{"everybody wrote"},
	}, 20, func(uint64, experiment.Options, *experiment.Settings) experiment.Moves {
		return newCounter(hosts, locks)
	})
}

func TestAnExhaustiveSearchProvesWhatHoldsAndFindsTheShortestOfWhatDoesNot(t *testing.T) {
	o := experiment.Options{Search: experiment.Exhaustive, Depth: 8}
	r := experiment.Once(counting(4, true), 1, o)
	if r.Verdict != check.OK || !slices.Contains(r.Marks, "everybody wrote") {
		t.Errorf("with locks: %+v", r)
	}
	// A host has read or not, or is the one that holds the lock: with n hosts
	// through, the number is n.
	if got, want := r.Stats["states"], 16.0+4*8; got != want {
		t.Errorf("%v states, want %v", got, want)
	}
	r = experiment.Once(counting(2, false), 1, o)
	if r.Verdict != check.Violation || len(strings.Split(r.Plan, "\n")) != 4 || !strings.HasPrefix(r.Plan, "read h0\nread h1") {
		t.Errorf("without: %+v", r)
	}
	if again := experiment.Once(counting(2, false), 1, experiment.Options{Plan: &r.Plan}); again.Violation != r.Violation {
		t.Errorf("the replay shows %q", again.Violation)
	}
	short := experiment.Options{Search: experiment.Exhaustive, Depth: 3}
	if r = experiment.Once(counting(2, false), 1, short); r.Verdict != check.OK {
		t.Errorf("three moves are not enough for a violation: %+v", r)
	}
}

func TestAnExhaustiveSearchThatIsCutShortProvesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := experiment.Once(counting(4, true), 1, experiment.Options{Search: experiment.Exhaustive, Context: ctx})
	if r.Verdict != check.Unknown {
		t.Errorf("%+v", r)
	}
	if err := toy().Check(experiment.Options{Search: experiment.Exhaustive}); err == nil {
		t.Error("an experiment without a small world took an exhaustive search")
	}
}

// With n chains and k steps, an error of depth d shows in at least 1/(n k^(d-1))
// of the runs. Losing an update with two hosts has depth 2: one read must come
// before the other's write, twice. There are two chains of reads and two of
// writes, and four steps.
func TestPCTFindsAtLeastWhatItsBoundSays(t *testing.T) {
	const runs = 4000
	e := counting(2, false)
	found := 0
	for seed := uint64(1); seed <= runs; seed++ {
		o := experiment.Options{Search: experiment.PCT, Depth: 2, Params: map[string]string{"moves": "4"}}
		if experiment.Once(e, seed, o).Verdict == check.Violation {
			found++
		}
	}
	if bound := runs / (4 * 4); found < bound {
		t.Errorf("found in %d of %d runs, the bound is %d", found, runs, bound)
	}
}

func TestEverySearchFindsALostUpdateAndShrinksItToFourMoves(t *testing.T) {
	for _, s := range []experiment.Search{experiment.Swarm, experiment.PCT, experiment.Exhaustive, experiment.Coverage} {
		c := campaign(counting(2, false), 1, 500)
		c.Options.Search, c.Shrink = s, 100
		r := c.Run(context.Background())
		if r.Verdict() != check.Violation {
			t.Errorf("%s: %s", s, r.String())
			continue
		}
		f := r.Tallies[0].Findings[0]
		if n := len(strings.Split(*f.Shrunk.Replay.Plan, "\n")); n != 4 {
			t.Errorf("%s: %d moves: %s", s, n, r.String())
		}
		if again := experiment.Once(counting(2, false), f.Replay.Seed, f.Replay.Options()); again.Verdict != check.Violation {
			t.Errorf("%s: the replay of what was found does not fail", s)
		}
	}
}

// A campaign that steers by coverage finds the same with any number of workers.
func TestCoverageDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	e := toy()
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Plan: toyPlan(seed, o), Hash: seed, Verdict: check.OK}
		if strings.Count(r.Plan, "break 7\n") > 1 { // no seed draws that
			r.Verdict, r.Violation = check.Violation, "it broke twice"
		}
		if o.Trace != nil {
			for _, l := range strings.Split(r.Plan, "\n") {
				o.Trace.Record(trace.Event{Kind: trace.Note, Place: "a/s", What: l})
			}
		}
		return r
	}
	var found []string
	changed := 0
	for _, workers := range []int{1, 7} {
		c := campaign(e, 1, 300)
		c.Options.Search, c.Workers, c.Stop = experiment.Coverage, workers, 1000
		r := c.Run(context.Background())
		text := ""
		for _, f := range r.Tallies[0].Findings {
			text += f.Replay.String()
			if f.Replay.Plan != nil {
				changed++
			}
		}
		found = append(found, text)
	}
	if changed == 0 || found[0] != found[1] {
		t.Errorf("with one worker\n%s\nwith seven\n%s", found[0], found[1])
	}
}
