package paxostest

import (
	"slices"

	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// maxPlaces bounds acceptors and attempts of a space.
const maxPlaces = 4

// ref names a proposal by the attempt that issued it, from 1; 0 is none.
type ref uint8

// state is all that matters, in few bytes, since there are many. What was sent
// stays sent: it is kept where its sender's state does not show it any more.
type state struct {
	begun    [maxPlaces]bool
	promised [maxPlaces]ref // by acceptor: whose number
	accepted [maxPlaces]ref // by acceptor
	// reported, by attempt and acceptor, has a bit for each ref that some Promise
	// on the network reports.
	reported [maxPlaces][maxPlaces]uint8
	sent     [maxPlaces]voters // by attempt: who has sent Accepted
	issued   [maxPlaces]uint8  // by attempt: 1 + index of the value, or 0
}

// voters is paxos.Voters in a byte.
type voters uint8

// attempt is a proposer's use of a number.
type attempt struct {
	proposer uint16
	own      paxos.Value
}

// space is the states of some acceptors and attempts.
type space struct {
	acceptors int
	tries     []attempt
	numbers   []paxos.Ballot
	values    []paxos.Value // that were put forward
	quorum    int           // counted here
	counted   int           // by the protocol
	seen      map[state]bool
	queue     []state
	err       error
}

func newSpace(acceptors int, tries ...attempt) *space {
	s := &space{
		acceptors: acceptors, tries: tries, quorum: acceptors/2 + 1, counted: paxos.Majority(acceptors), seen: map[state]bool{},
	}
	for t, try := range tries {
		before := paxos.Ballot{}
		if first := s.before(t); first >= 0 {
			before = s.numbers[first]
		}
		s.numbers = append(s.numbers, paxos.Above(before, try.proposer))
	}
	return s
}

// before returns the proposer's earlier attempt, or -1.
func (s *space) before(t int) int {
	return slices.IndexFunc(s.tries[:t], func(a attempt) bool { return a.proposer == s.tries[t].proposer })
}

func (s *space) number(r ref) paxos.Ballot {
	if r == 0 {
		return paxos.Ballot{}
	}
	return s.numbers[r-1]
}

// proposal returns what an attempt has issued.
func (s *space) proposal(x *state, r ref) paxos.Proposal {
	if r == 0 || x.issued[r-1] == 0 {
		return paxos.Proposal{}
	}
	return paxos.Proposal{Number: s.numbers[r-1], Value: s.values[x.issued[r-1]-1]}
}

// memory returns an acceptor as the protocol has it, and remember keeps what
// became of it when attempt t was handled.
func (s *space) memory(x *state, acceptor int) paxos.Memory {
	return paxos.Memory{Promised: s.number(x.promised[acceptor]), Accepted: s.proposal(x, x.accepted[acceptor])}
}

func (s *space) remember(x *state, acceptor, t int, m paxos.Memory) {
	if m.Promised != s.number(x.promised[acceptor]) {
		x.promised[acceptor] = ref(t + 1)
	}
	if m.Accepted != s.proposal(x, x.accepted[acceptor]) {
		x.accepted[acceptor] = ref(t + 1)
	}
}

// issue keeps that an attempt has become a proposal. Its promises, those that
// are still on their way too, matter no more.
func (s *space) issue(x *state, t int, p paxos.Proposal) {
	at := slices.Index(s.values, p.Value)
	if at < 0 {
		at = len(s.values)
		s.values = append(s.values, p.Value)
	}
	x.issued[t] = uint8(at + 1)
	x.reported[t] = [maxPlaces]uint8{}
}
