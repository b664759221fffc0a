package flptest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp"
)

// Lemmas computes the parts of the proof.
var Lemmas = consensustest.Question{
	System: "flp", Name: "lemmas", Once: true,
	Text: `Do the lemmas of the proof hold where they can be computed? Lemma 1: in every configuration of the finite
candidates, two events of different processes commute. Lemma 2: of two inputs that differ at one process and can
only be decided differently, that process, silent, must keep the others from deciding; and where the others do
decide without it, one of two such inputs is bivalent. Paxos must have a bivalent beginning and the protocol
that waits for all none. Lemma 3: for the arbiter, which is blocked by one crash, there must be a bivalent
configuration that one event ends whatever comes before, and it must be an event of the process whose
crash blocks the others.`,
	Canon: []string{"flp.proof.bivalent-initial-state", "flp.proof.staying-bivalent"},
	Ask: func(a *consensustest.Answer) error {
		for _, p := range flp.Candidates() {
			limit := limits.Configurations
			if p.Name() == "ballots" || p.Name() == "weak-ballots" {
				limit = 2000
			}
			if err := lemma1(a, p, limit); err != nil {
				return err
			}
			if err := lemma2(a, p, limit); err != nil {
				return fmt.Errorf("%s: %w", p.Name(), err)
			}
		}
		return lemma3(a)
	},
}.Register()

func lemma1(a *consensustest.Answer, p flp.Protocol, limit int) error {
	g := flp.Explore(flp.Initial(p, flp.Inputs(3, 3)), min(limit, 2000))
	a.Say(p.Name(), g.Len())
	a.Stats["configurations with commuting events"] += float64(g.Len())
	return g.Commutes()
}

// opposed tells that what is decided depends on the input.
func opposed(l flp.Link) bool {
	return l.CanA == flp.Zero && l.CanB == flp.One || l.CanA == flp.One && l.CanB == flp.Zero
}

func lemma2(a *consensustest.Answer, p flp.Protocol, limit int) error {
	links, complete := flp.Chain(p, limit)
	bivalent := 0
	for _, l := range links {
		a.Say(p.Name(), l)
		if l.CanA == flp.Bivalent || l.CanB == flp.Bivalent {
			bivalent++
		}
		if opposed(l) && l.Silent != flp.Nothing {
			return fmt.Errorf("inputs %v and %v, %v silent: the others decide %v, and yet neither is bivalent", l.A, l.B, l.Differs, l.Silent)
		}
		if l.Silent&^l.CanA != 0 || l.Silent&^l.CanB != 0 {
			return fmt.Errorf("inputs %v and %v: without %v the others decide %v, which is not among %v and %v",
				l.A, l.B, l.Differs, l.Silent, l.CanA, l.CanB)
		}
		if p.Name() == "wait-for-all" && (bivalent > 0 || l.Silent != flp.Nothing) {
			return fmt.Errorf("inputs %v: %v, with %v silent %v; neither was expected", l.A, l.CanA, l.Differs, l.Silent)
		}
	}
	if p.Name() == "ballots" && (bivalent == 0 || complete) {
		return fmt.Errorf("no bivalent beginning among %v", links)
	}
	a.Stats[p.Name()+": pairs with a bivalent one"] = float64(bivalent)
	return nil
}

func lemma3(a *consensustest.Answer) error {
	p, err := flp.Named("arbiter")
	if err != nil {
		return err
	}
	g := flp.Explore(flp.Initial(p, flp.Inputs(3, 2)), limits.Configurations)
	stay, critical := g.Stay(limits.Configurations)
	if g.Valency() != flp.Bivalent || stay == 0 || len(critical) == 0 {
		return fmt.Errorf("the arbiter's beginning is %v; %d events keep it so and %d do not; some of each were expected", g.Valency(), stay, len(critical))
	}
	for _, c := range critical {
		a.Say(c.Event, c.Blocked, len(c.Schedule))
		if !c.Blocked || c.Event.P != 0 {
			return fmt.Errorf("after\n%v%v decides, and the others need not be blocked without %v", c.Schedule, c.Event, c.Event.P)
		}
	}
	a.Stats["arbiter: events that keep it bivalent"] = float64(stay)
	a.Stats["arbiter: events that do not"] = float64(len(critical))
	return nil
}
