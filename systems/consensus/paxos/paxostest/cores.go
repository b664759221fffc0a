package paxostest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Acceptor holds an acceptor's memory against what the pseudo-code says.
var Acceptor = consensustest.Question{
	System: "paxos", Name: "acceptor",
	Text: `Does an acceptor do what the pseudo-code says, for any sequence of messages? The seed draws Prepares and
Accepts with few numbers, so that equal and lower ones and copies are frequent, and a model that remembers all it ever
answered decides: a promise or an acceptance is given if its number is not below any answered before, and what is
reported is the accepted proposal with the highest number.`,
	Canon: []string{"paxos.acceptor.promise", "paxos.acceptor.accept"},
	Sometimes: []string{
		"an accept without its prepare", "an accept below the promise", "an equal prepare", "a prepare below an acceptance",
	},
	Ask: func(a *consensustest.Answer) error {
		for range 20 {
			if err := oneAcceptor(a); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// oneAcceptor is one sequence.
func oneAcceptor(a *consensustest.Answer) error {
	var (
		memory   paxos.Memory
		answered []paxos.Ballot
		accepted []paxos.Proposal
	)
	highest := func() (b paxos.Ballot) {
		if len(answered) > 0 {
			b = slices.MaxFunc(answered, paxos.Ballot.Compare)
		}
		return b
	}
	for range 12 {
		n := paxos.Ballot{Round: 1 + a.Uint64N(4), Proposer: uint16(1 + a.IntN(2))}
		late := n.Less(highest())
		prepare := a.IntN(2) == 0
		a.Marks.Sometimes("an accept without its prepare", !prepare && !slices.Contains(answered, n))
		a.Marks.Sometimes("an accept below the promise", !prepare && late)
		a.Marks.Sometimes("an equal prepare", prepare && n == highest())
		a.Marks.Sometimes("a prepare below an acceptance", prepare && len(accepted) > 0 && n.Less(memory.Accepted.Number))
		took := false
		if p := (paxos.Proposal{Number: n, Value: paxos.Value(n.String())}); prepare {
			took = memory.Prepare(n)
		} else if took = memory.Accept(p); took {
			accepted = append(accepted, p)
		}
		if took == late {
			return fmt.Errorf("prepare %v, number %v: answered %v; answered before: %v", prepare, n, took, answered)
		}
		if took {
			answered = append(answered, n)
		}
		want := paxos.Proposal{}
		for _, p := range accepted {
			if want.Number.Less(p.Number) {
				want = p
			}
		}
		if memory.Promised != highest() || memory.Accepted != want {
			return fmt.Errorf("after %v the memory is %+v, expected %v and %v", answered, memory, highest(), want)
		}
		a.Say(prepare, n, took)
	}
	return nil
}

// Adopt looks at what a proposer proposes.
var Adopt = consensustest.Question{
	System: "paxos", Name: "adopt",
	Text: `Which value may a proposer put forward? Three to seven acceptors hold assorted proposals, drawn, or none; their
promises arrive in every order, some twice and some of other numbers. With the promise that completes a majority the proposer
must issue the value with the highest number among those that came, or its own if none held any, and
nothing before that. Then acceptances come, copies and those of other numbers among them: it is chosen with the
majority's last and not before.`,
	Canon:     []string{"paxos.proposer.prepare-and-adopt", "paxos.proposer.accept-and-decide", "paxos.safety.only-proposed-chosen"},
	Sometimes: []string{"own value", "reported value", "several different reported"},
	Ask: func(a *consensustest.Answer) error {
		for range 30 {
			if err := oneAttempt(a); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// oneAttempt is one preloaded set of acceptors.
func oneAttempt(a *consensustest.Answer) error {
	n := 3 + a.IntN(5)
	held := make([]paxos.Proposal, n)
	for i := range held {
		if a.IntN(3) > 0 {
			round := 1 + a.Uint64N(5)
			held[i] = paxos.Proposal{Number: paxos.Ballot{Round: round, Proposer: 1}, Value: paxos.Value(fmt.Sprint("v", round))}
		}
	}
	number := paxos.Ballot{Round: 9, Proposer: 2}
	attempt, quorum := paxos.Attempt{Number: number, Own: "own"}, n/2+1
	came := map[int]bool{}
	best := paxos.Proposal{}
	for len(came) < quorum {
		i := a.IntN(n)
		if stale := a.IntN(4) == 0; stale {
			attempt.Promise(i, &paxos.Promise{Number: paxos.Ballot{Round: 8, Proposer: 2}, Accepted: held[i]}, quorum)
			continue
		}
		came[i] = true
		a.Marks.Sometimes("several different reported", !best.IsZero() && !held[i].IsZero() && best != held[i])
		if best.Number.Less(held[i].Number) {
			best = held[i]
		}
		if issued := attempt.Promise(i, &paxos.Promise{Number: number, Accepted: held[i]}, quorum); issued != (len(came) == quorum) {
			return fmt.Errorf("issued %v after promises of %d of %d", issued, len(came), n)
		}
	}
	want := paxos.Proposal{Number: number, Value: "own"}
	if !best.IsZero() {
		want.Value = best.Value
	}
	a.Marks.Sometimes("own value", best.IsZero())
	a.Marks.Sometimes("reported value", !best.IsZero())
	a.Say(attempt.Issued)
	if attempt.Issued != want {
		return fmt.Errorf("issued %v, expected %v; %v came of %v", attempt.Issued, want, came, held)
	}
	return acceptances(a, attempt, n)
}

func acceptances(a *consensustest.Answer, attempt paxos.Attempt, n int) error {
	came := map[int]bool{}
	for len(came) < n/2+1 {
		i, p := a.IntN(n), attempt.Issued
		if a.IntN(3) == 0 {
			p.Number.Round--
		} else {
			came[i] = true
		}
		if chosen := attempt.Accept(i, p, n/2+1); chosen && len(came) < n/2+1 {
			return fmt.Errorf("chosen after acceptances of %v of %d, the last one of %v", came, n, p)
		}
	}
	return nil
}
