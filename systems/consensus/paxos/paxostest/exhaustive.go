package paxostest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/consensus/consensustest"
)

// Exhaustive visits every state that three acceptors can be in.
var Exhaustive = consensustest.Question{
	System: "paxos", Name: "exhaustive", Once: true,
	Text: `Is there any order of events in which three acceptors choose two values? The states of acceptors and of
attempts (paxos.Memory, paxos.Attempt, paxos.Tally) are moved without a simulator: whatever was once sent stays on the
network for ever and may arrive at any time, any number of times or never, which covers loss, copies, delays and
every overtaking. Two proposers try twice each, and want another value the second time; all states, until none is
new. Four acceptors as well, with three attempts. In each state at most one value is chosen, every proposal above it has
its value, no learner and no proposer announces another, and no acceptor accepts below its promise.`,
	Canon: []string{
		"paxos.safety.single-value-chosen", "paxos.invariant.higher-proposals-carry-chosen-value", "paxos.acceptor.promise",
		"paxos.acceptor.accept", "paxos.proposer.prepare-and-adopt", "paxos.chosen.majority-of-one-proposal",
		"paxos.tolerance.minority-of-nodes", "paxos.proposer.accept-and-decide", "paxos.number.unique-and-increasing",
	},
	Sometimes: []string{"chosen twice under two numbers", "two values accepted at once"},
	Ask: func(a *consensustest.Answer) error {
		for _, space := range []*space{
			newSpace(4, attempt{1, "v"}, attempt{2, "w"}, attempt{1, "x"}),
			newSpace(3, attempt{1, "v"}, attempt{2, "w"}, attempt{1, "x"}, attempt{2, "y"}),
		} {
			if err := space.explore(a); err != nil {
				return err
			}
			a.Say(space.acceptors, len(space.seen))
			a.Stats[fmt.Sprintf("states with %d acceptors", space.acceptors)] = float64(len(space.seen))
		}
		return nil
	},
}.Register()
