package agreement

import (
	"math"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
)

// What the papers say of a write without faults, in groups of n: delays between
// question and answer, messages at the least, and how many syncs follow one another
// before there is an answer.
var theory = map[string]struct{ rounds, messages, syncs func(n float64) float64 }{
	"raft":          {constant(2), toAndFro, constant(1)},
	"multipaxos":    {constant(2), toAndFro, constant(1)},
	"vr":            {constant(2), toAndFro, constant(1)},
	"primarybackup": {constant(2), constant(2), constant(2)},
	"chain":         {toAndFro, toAndFro, func(n float64) float64 { return n }},
	"craq":          {toAndFro, toAndFro, func(n float64) float64 { return n }},
	"pbft":          {constant(3), func(n float64) float64 { return (n - 1) + (n-1)*(n-1) + n*(n-1) }, constant(3)},
}

func toAndFro(n float64) float64 { return 2 * (n - 1) }

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
			took, err := p.Delay(n)
			if err != nil {
				t.Fatal(err)
			}
			if ms := want.rounds(float64(n)) + want.syncs(float64(n)); math.Abs(took.Seconds()*1000-ms) > 0.1 {
				t.Errorf("%s of %d: %v where a link and a sync take a millisecond each, want %v ms", p.Name, n, took, ms)
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
