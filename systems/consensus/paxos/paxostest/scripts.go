package paxostest

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// OneProposal shows why acceptances of different numbers are not added up.
var OneProposal = staged(experiment.Experiment{
	Name: "one-proposal",
	Question: `Is a value chosen when a majority has accepted it under different numbers? Message by message: a
accepts v under 1.1, b accepts w under 1.2, c accepts v under 2.1. Two of three hold v, and a judge that
counts values would call it chosen. But 2.2 hears of a and b alone, has to propose w, and w is chosen. The learner,
which got every acceptance, must not have learned v; and what the second proposer heard in its first phase was
accepted, not chosen.`,
	Canon: []string{
		"paxos.chosen.majority-of-one-proposal", "paxos.safety.learn-only-chosen",
		"paxos.claim.prepare-reveals-chosen-value", "paxos.claim.acceptors-may-differ",
	},
}, func(s *stage) error {
	s.wants("p", "v")
	s.wants("q", "w")
	return all(
		func() error { return s.exchange("Prepare", "Promise", "p", "ab") },
		func() error { return s.deliver("Accept", "p", "a") },
		func() error { return s.deliver("Accepted", "a", "l") },
		func() error { return s.exchange("Prepare", "Promise", "q", "bc") },
		func() error { return s.deliver("Accept", "q", "b") },
		func() error { return s.deliver("Accepted", "b", "l") },
		func() error { s.again("p"); return s.exchange("Prepare", "Promise", "p", "ca") },
		s.heardOnlyAccepted,
		func() error { return s.deliver("Accept", "p", "c") },
		func() error { return s.deliver("Accepted", "c", "l") },
		s.twoOfThreeHoldV,
		func() error { s.again("q"); return s.exchange("Prepare", "Promise", "q", "ab") },
		func() error { return s.exchange("Accept", "Accepted", "q", "ab") },
		s.wIsChosen,
	)
})

// heardOnlyAccepted: p was told of v, which never had a majority.
func (s *stage) heardOnlyAccepted() error {
	p := s.Proposer(s.Config.Proposers[0]).Attempt()
	if p.Highest.Value != "v" || len(s.Oracle.chosen) != 0 {
		return fmt.Errorf("phase 1 reported %v, chosen is %v; v was to be reported and nothing chosen", p.Highest, s.Oracle.chosen)
	}
	return nil
}

func (s *stage) twoOfThreeHoldV() error {
	a, b, c := s.holds("a"), s.holds("b"), s.holds("c")
	if a.Value != "v" || b.Value != "w" || c.Value != "v" || a.Number == c.Number {
		return fmt.Errorf("a, b and c hold %v, %v, %v; v, w and v under different numbers were expected", a, b, c)
	}
	if v := s.Learner(s.Config.Learners[0]).Learned(); v != "" {
		return fmt.Errorf("the learner has learned %q, of %v, %v and %v", v, a, b, c)
	}
	return nil
}

func (s *stage) wIsChosen() error {
	if len(s.Oracle.chosen) != 1 || s.Oracle.chosen[0].Value != "w" {
		return fmt.Errorf("chosen is %v, expected w", s.Oracle.chosen)
	}
	return s.Oracle.err
}

// Forgetful crashes the one acceptor that two majorities have in common.
var Forgetful = staged(experiment.Experiment{
	Name: "forgetful",
	Question: `Does an acceptor's memory outlive a crash? v is accepted by a and b, and so chosen; b crashes and comes
back; q prepares at b and c. Only b can tell it of v. Then the same with a promise: b promises 2.1, crashes, comes
back, and an old Accept of 1.2 reaches it. The oracle sees whether a second value is chosen.`,
	Canon: []string{"paxos.acceptor.durable-state", "paxos.proposer.prepare-and-adopt"},
}, func(s *stage) error {
	s.wants("p", "v")
	return all(
		func() error { return s.exchange("Prepare", "Promise", "p", "ab") },
		func() error { return s.exchange("Accept", "Accepted", "p", "ab") },
		func() error { s.crash("b"); s.wants("q", "w"); return s.exchange("Prepare", "Promise", "q", "bc") },
		func() error { return s.exchange("Accept", "Accepted", "q", "bc") },
		func() error {
			if len(s.Oracle.chosen) < 2 {
				return fmt.Errorf("chosen: %v, expected to be chosen twice", s.Oracle.chosen)
			}
			return s.Oracle.err
		},
	)
})

func (s *stage) crash(host string) {
	s.World.Host(host).Crash()
	s.World.Host(host).Restart()
	s.settle()
}

// ForgottenPromise crashes an acceptor that has promised and accepted nothing.
var ForgottenPromise = staged(experiment.Experiment{
	Name: "forgotten-promise",
	Question: `Does a promise outlive a crash? p prepares 1.1 at a and b and sends its Accept. q prepares 1.2 at b and
c. b crashes and comes back, and p's Accept reaches a and b: b has promised not to take it, else v and then w would be
chosen.`,
	Canon: []string{"paxos.acceptor.durable-state", "paxos.acceptor.promise"},
}, func(s *stage) error {
	s.wants("p", "v")
	s.wants("q", "w")
	return all(
		func() error { return s.exchange("Prepare", "Promise", "p", "ab") },
		func() error { return s.exchange("Prepare", "Promise", "q", "bc") },
		func() error { s.crash("b"); return s.deliver("Accept", "p", "a") },
		func() error { return s.deliver("Accept", "p", "b") },
		func() error { return s.exchange("Accept", "Accepted", "q", "bc") },
		s.wIsChosen,
	)
})

// Numbers crashes a proposer in the middle of an attempt.
var Numbers = staged(experiment.Experiment{
	Name: "numbers",
	Question: `Are numbers used once, and do they grow? p issues 1.1:v, which reaches a; p crashes, comes back and wants
x: its number must be new, since b would answer an equal Prepare as if it were the old one come twice. It is rejected
because of q's 5.2 and must exceed that. One acceptor accepts several proposals in the course of it.`,
	Canon: []string{"paxos.number.unique-and-increasing", "paxos.roles.proposer-acceptor-learner"},
}, func(s *stage) error {
	s.wants("p", "v")
	s.wants("q", "w")
	for range 4 {
		s.again("q")
	}
	var accepted []paxos.Ballot
	note := func() error { accepted = append(accepted, s.holds("a").Number); return nil }
	return all(
		func() error { return s.exchange("Prepare", "Promise", "p", "ab") },
		func() error { return s.deliver("Accept", "p", "a") }, note,
		func() error { s.crash("p"); s.wants("p", "x"); return s.exchange("Prepare", "Promise", "p", "bc") },
		func() error { return s.exchange("Prepare", "Promise", "q", "bc") },
		func() error { return s.deliver("Accept", "q", "a") }, note,
		func() error { return s.exchange("Accept", "Reject", "p", "b") },
		func() error { return s.exchange("Prepare", "Promise", "p", "ac") },
		func() error { return s.exchange("Accept", "Accepted", "p", "ac") }, note,
		func() error { return s.increasing(accepted) },
	)
})

func (s *stage) increasing(accepted []paxos.Ballot) error {
	for i := range accepted[1:] {
		if !accepted[i].Less(accepted[i+1]) {
			return fmt.Errorf("a accepted %v, expected three in rising order", accepted)
		}
	}
	return s.Oracle.err
}
