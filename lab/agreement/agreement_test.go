package agreement

import (
	"math"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
)

// What the papers say of a write without faults, in groups of n: delays between
// question and answer, and messages at the least.
var theory = map[string]struct{ rounds, messages func(n float64) float64 }{
	"raft":          {constant(2), func(n float64) float64 { return 2 * (n - 1) }},
	"multipaxos":    {constant(2), func(n float64) float64 { return 2 * (n - 1) }},
	"vr":            {constant(2), func(n float64) float64 { return 2 * (n - 1) }},
	"primarybackup": {constant(2), constant(2)},
	"chain":         {func(n float64) float64 { return 2 * (n - 1) }, func(n float64) float64 { return 2 * (n - 1) }},
	"craq":          {func(n float64) float64 { return 2 * (n - 1) }, func(n float64) float64 { return 2 * (n - 1) }},
	"pbft":          {constant(3), func(n float64) float64 { return (n - 1) + (n-1)*(n-1) + n*(n-1) }},
}

func constant(x float64) func(float64) float64 { return func(float64) float64 { return x } }

func TestAWriteTakesTheRoundsOfThePaperAndNoFewerMessages(t *testing.T) {
	for _, p := range Family {
		for _, n := range p.Sizes {
			c, err := p.Writes(n)
			if err != nil {
				t.Fatal(err)
			}
			want := theory[p.Name]
			if rounds := want.rounds(float64(n)); math.Abs(c.Rounds-rounds) > 0.02 {
				t.Errorf("%s of %d: %.2f rounds, want %v", p.Name, n, c.Rounds, rounds)
			}
			// Those who learn what is decided by a message of its own have up to as many again.
			if least := want.messages(float64(n)); c.Messages < least-0.1 || c.Messages > 3*least+0.1 {
				t.Errorf("%s of %d: %.2f messages, want %v or somewhat more", p.Name, n, c.Messages, least)
			}
		}
	}
}

func TestNoDayBreaksAPromise(t *testing.T) {
	days := Days
	if testing.Short() {
		days = Days[:2]
	}
	for _, p := range Family {
		for _, d := range days {
			s, err := p.through(d)
			if err != nil {
				t.Fatal(err)
			}
			if s.Verdict != check.OK {
				t.Errorf("%s, %s: %v: %s", p.Name, d.Name, s.Verdict, s.Violation)
			}
			if s.done == 0 {
				t.Errorf("%s, %s: nothing was done", p.Name, d.Name)
			}
		}
	}
}
