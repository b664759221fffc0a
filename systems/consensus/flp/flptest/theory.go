package flptest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp"
)

// limits of Examine for protocols that have an end.
var limits = flp.Limits{Configurations: 200_000, Stages: 60, Crashes: 1}

// NoProtocol looks for one that works.
var NoProtocol = consensustest.Question{
	System: "flp", Name: "no-protocol", Enough: 60,
	Text: `Is there a deterministic protocol of three processes that survives one crash? The seed draws protocols of a family:
one or two rounds of telling a value, waiting for one or two of the others, and looking up the next value in a table,
which is drawn too; the last may leave a process undecided. Every configuration that can be reached from every
input is visited. Each protocol must fail: two outputs, an output that is nobody's input, or a schedule after
which nobody ever decides although at most one has crashed. What the explorer says is checked by replaying its
schedule. Without the crash the protocol that waits for all and decides what most have must succeed.`,
	Canon:     []string{"flp.result.impossibility", "flp.result.weak-and-binary", "flp.consensus.agreement", "flp.consensus.validity"},
	Sometimes: []string{"disagreement", "invalid", "blocked, a crash", "blocked, no crash"},
	Ask: func(a *consensustest.Answer) error {
		for range 4 {
			if err := noProtocol(a, drawTable(a)); err != nil {
				return err
			}
		}
		if err := noProtocol(a, waitForAll); err != nil {
			return err
		}
		return uncrashed(waitForAll)
	},
}.Register()

// waitForAll is correct if nobody crashes.
var waitForAll = flp.Table{Rounds: 1, Wait: 2, Next: [2][2][3]flp.Value{{{0, 0, 1}, {0, 1, 1}}}}

func drawTable(a *consensustest.Answer) flp.Table {
	t := flp.Table{Rounds: 1 + a.IntN(2), Wait: 1 + a.IntN(2)}
	sane := a.IntN(2) == 0 // unanimity decides: what is not plainly invalid
	for r := range t.Rounds {
		for own := range 2 {
			for ones := range t.Wait + 1 {
				v := flp.Value(a.IntN(2))
				if r+1 == t.Rounds && a.IntN(8) == 0 {
					v = flp.Undecided
				}
				if total := own + ones; sane && total == 0 {
					v = 0
				} else if sane && total == t.Wait+1 {
					v = 1
				}
				t.Next[r][own][ones] = v
			}
		}
	}
	return t
}

func noProtocol(a *consensustest.Answer, t flp.Table) error {
	first := limits
	first.First = true
	r := flp.Examine(t, first)
	a.Say(t.Name(), r.Configurations, r.Failure)
	a.Stats["configurations"] += float64(r.Configurations)
	if !r.Complete {
		return fmt.Errorf("%s has more than %d configurations", t.Name(), limits.Configurations)
	}
	if r.Failure == nil {
		return fmt.Errorf("%s does not fail, against the theorem", t.Name())
	}
	if err := confirm(t, r.Failure); err != nil {
		return err
	}
	kind := string(r.Failure.Kind)
	if r.Failure.Kind == flp.Blocked && r.Failure.Crashed >= 0 {
		kind += ", a crash"
	} else if r.Failure.Kind == flp.Blocked {
		kind += ", no crash"
	}
	a.Marks.Sometimes(kind, true)
	return nil
}

// uncrashed demands that a protocol works if nobody crashes.
func uncrashed(t flp.Table) error {
	without := limits
	without.Crashes = 0
	if r := flp.Examine(t, without); r.Failure != nil {
		return fmt.Errorf("%s fails even if nobody crashes: %v", t.Name(), r.Failure)
	}
	return nil
}

// confirm replays a failure's schedule from its text and looks for itself.
func confirm(p flp.Protocol, f *flp.Failure) error {
	way, err := flp.Replay(flp.Initial(p, f.Inputs), f.Schedule.String())
	if err != nil {
		return fmt.Errorf("%s: %v: %w", p.Name(), f, err)
	}
	last := way[len(way)-1]
	out := last.Outputs()
	holds := false
	switch f.Kind {
	case flp.Disagreement:
		holds = slices.Contains(out, 0) && slices.Contains(out, 1)
	case flp.Invalid:
		holds = slices.ContainsFunc(out, func(v flp.Value) bool { return v != flp.Undecided && !slices.Contains(f.Inputs, v) })
	case flp.Blocked:
		g := flp.ExploreWithout(last, f.Crashed, limits.Configurations)
		holds = g.Complete && g.Valency() == flp.Nothing
	case flp.Endless:
		holds = last.Decisions() == flp.Nothing
	}
	if !holds {
		return fmt.Errorf("%s: %v does not show when it is replayed; the outputs are %v", p.Name(), f, out)
	}
	return nil
}

// Candidates looks at each protocol of package flp.
var Candidates = consensustest.Question{
	System: "flp", Name: "candidates", Once: true,
	Text: `How does each of the protocols fail that try? Ten of them, from deciding one's own input to Paxos, are explored
from all inputs. Each must fail as listed: own, first and majority disagree; constant is invalid; wait-for-all, leader,
arbiter and the protocol of section 4 are blocked by one crash, and decide without it; Paxos is safe and the adversary
keeps it from deciding, whether all are to learn or one is to decide. Every failure is replayed from its text.`,
	Canon: []string{
		"flp.result.impossibility", "flp.consensus.agreement", "flp.consensus.validity", "flp.result.weak-and-binary",
	},
	Ask: func(a *consensustest.Answer) error {
		expected := map[string]flp.Kind{
			"own": flp.Disagreement, "first": flp.Disagreement, "majority": flp.Disagreement, "constant": flp.Invalid,
			"wait-for-all": flp.Blocked, "leader": flp.Blocked, "arbiter": flp.Blocked, "initially-dead": flp.Blocked,
			"ballots": flp.Endless, "weak-ballots": flp.Endless,
		}
		for _, p := range flp.Candidates() {
			l := limits
			if expected[p.Name()] == flp.Endless {
				l.Configurations = 2000
			}
			r := flp.Examine(p, l)
			a.Say(p.Name(), r.Configurations, r.Complete, r.Initial, r.Failure)
			if r.Failure == nil || r.Failure.Kind != expected[p.Name()] {
				return fmt.Errorf("%s: found %v, expected %s", p.Name(), r.Failure, expected[p.Name()])
			}
			if r.Failure.Kind == flp.Blocked && r.Failure.Crashed < 0 {
				return fmt.Errorf("%s is blocked although nobody crashes", p.Name())
			}
			if err := confirm(p, r.Failure); err != nil {
				return err
			}
			a.Stats[p.Name()+": configurations"] = float64(r.Configurations)
			a.Stats[p.Name()+": events"] = float64(len(r.Failure.Schedule))
		}
		return nil
	},
}.Register()
