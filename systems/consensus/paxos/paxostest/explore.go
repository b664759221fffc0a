package paxostest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// explore visits states until none is new.
func (s *space) explore(a *consensustest.Answer) error {
	s.visit(state{})
	for i := 0; i < len(s.queue) && s.err == nil && !a.Cut(); i++ {
		x := s.queue[i]
		s.judge(&x, a)
		s.expand(x)
	}
	return s.err
}

func (s *space) visit(x state) {
	if !s.seen[x] {
		s.seen[x] = true
		s.queue = append(s.queue, x)
	}
}

// expand makes every event that can happen.
func (s *space) expand(x state) {
	for t := range s.tries {
		if !x.begun[t] {
			if first := s.before(t); first < 0 || x.begun[first] {
				y := x
				y.begun[t] = true
				s.visit(y)
			}
			continue
		}
		if x.issued[t] == 0 {
			s.promises(x, t, paxos.Attempt{Number: s.numbers[t], Own: s.tries[t].own})
		}
		for acceptor := range s.acceptors {
			s.prepare(x, t, acceptor)
			s.accept(x, t, acceptor)
		}
	}
}

// prepare lets a Prepare arrive. The answer stays on the network.
func (s *space) prepare(x state, t, acceptor int) {
	m := s.memory(&x, acceptor)
	if m.Prepare(s.numbers[t]) {
		if x.issued[t] == 0 {
			x.reported[t][acceptor] |= 1 << x.accepted[acceptor]
		}
		s.remember(&x, acceptor, t, m)
		s.visit(x)
	}
}

// promises lets promises that were sent arrive, any of them in any order, until
// the attempt becomes a proposal. Nobody else sees how far it has come before.
func (s *space) promises(x state, t int, a paxos.Attempt) {
	for acceptor := range s.acceptors {
		if a.Promised&(1<<acceptor) != 0 {
			continue
		}
		for r := range ref(len(s.tries) + 1) {
			if x.reported[t][acceptor]>>r&1 == 0 {
				continue
			}
			b := a
			m := &paxos.Promise{Number: s.numbers[t], Accepted: s.proposal(&x, r)}
			if !b.Promise(acceptor, m, s.counted) {
				s.promises(x, t, b)
				continue
			}
			y := x
			s.issue(&y, t, b.Issued)
			s.visit(y)
		}
	}
}

// accept lets an Accept arrive.
func (s *space) accept(x state, t, acceptor int) {
	if x.issued[t] == 0 {
		return
	}
	before := s.memory(&x, acceptor)
	after := before
	if !after.Accept(s.proposal(&x, ref(t+1))) {
		return
	}
	if s.numbers[t].Less(before.Promised) {
		s.object(&x, "acceptor %d accepts %v, and has promised %v", acceptor, s.numbers[t], before.Promised)
	}
	s.remember(&x, acceptor, t, after)
	x.sent[t] |= 1 << acceptor
	s.visit(x)
}

// chosen tells whether a majority has accepted an attempt's proposal.
func (s *space) chosen(x *state, t int) bool {
	return paxos.Voters(x.sent[t]).Count() >= s.quorum
}

// judge looks at a state that can be reached.
func (s *space) judge(x *state, a *consensustest.Answer) {
	s.learn(x)
	s.announce(x)
	choices := 0
	for t := range s.tries {
		if !s.chosen(x, t) {
			continue
		}
		choices++
		c := s.proposal(x, ref(t+1))
		for other := range s.tries {
			p := s.proposal(x, ref(other+1))
			if !p.IsZero() && p.Value != c.Value && (s.chosen(x, other) || c.Number.Less(p.Number) || c.Number == p.Number) {
				s.object(x, "%v is chosen, and %v was issued", c, p)
			}
		}
	}
	a.Marks.Sometimes("chosen twice under two numbers", choices > 1)
	a.Marks.Sometimes("two values accepted at once", s.different(x))
}

// learn hands a learner every acceptance there was.
func (s *space) learn(x *state) {
	var tally paxos.Tally
	for t := range s.tries {
		for acceptor := range s.acceptors {
			p := s.proposal(x, ref(t+1))
			if x.sent[t]>>acceptor&1 == 1 && tally.Accept(acceptor, p, s.counted) && !s.chosen(x, t) {
				s.object(x, "a learner learns %v", p)
			}
		}
	}
}

// announce hands every proposer every acceptance there was.
func (s *space) announce(x *state) {
	for t := range s.tries {
		if x.issued[t] == 0 {
			continue
		}
		a := paxos.Attempt{Number: s.numbers[t], Issued: s.proposal(x, ref(t+1))}
		for other := range s.tries {
			for acceptor := range s.acceptors {
				if x.sent[other]>>acceptor&1 == 1 && a.Accept(acceptor, s.proposal(x, ref(other+1)), s.counted) && !s.chosen(x, t) {
					s.object(x, "the proposer of %v announces that it is chosen", a.Issued)
				}
			}
		}
	}
}

// different tells whether two acceptors hold different values.
func (s *space) different(x *state) bool {
	first := paxos.Value("")
	for acceptor := range s.acceptors {
		p := s.proposal(x, x.accepted[acceptor])
		if !p.IsZero() && first != "" && p.Value != first {
			return true
		}
		first = max(first, p.Value)
	}
	return false
}

func (s *space) object(x *state, format string, args ...any) {
	if s.err != nil {
		return
	}
	var accepted strings.Builder
	for t := range s.tries {
		if p := s.proposal(x, ref(t+1)); !p.IsZero() {
			fmt.Fprintf(&accepted, "; %v accepted by %0*b", p, s.acceptors, x.sent[t])
		}
	}
	s.err = fmt.Errorf(format+"%s", append(args, accepted.String())...)
}
