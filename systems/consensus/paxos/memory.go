package paxos

import "math/bits"

// Memory is what an acceptor must not forget (I6): n_p, n_a and v_a.
type Memory struct {
	Promised Ballot   `wire:"1"` // no proposal numbered below is accepted any more
	Accepted Proposal `wire:"2"` // the highest-numbered one
}

// Prepare handles a request for a promise, and tells whether it was given. An
// equal number is the same proposer's, whose message came twice.
func (m *Memory) Prepare(n Ballot) bool {
	//parley:rule paxos.acceptor.promise force=false
	if n.Less(m.Promised) {
		return false
	}
	//parley:rule paxos.acceptor.promise paxos.safety.single-value-chosen drop
	m.Promised = n
	return true
}

// Accept handles a proposal, and tells whether it was accepted. The acceptor
// need not have seen its Prepare.
func (m *Memory) Accept(p Proposal) bool {
	//parley:rule paxos.acceptor.accept paxos.safety.single-value-chosen force=false
	if p.Number.Less(m.Promised) {
		return false
	}
	//parley:rule paxos.acceptor.accept drop
	m.Promised = p.Number
	m.Accepted = p
	return true
}

// Voters is a set of acceptors, by their places in Config.Acceptors.
type Voters uint64

// With returns the set with one more; who is in it already counts once.
func (v Voters) With(acceptor int) Voters { return v | 1<<acceptor }

// Has tells whether an acceptor is in the set.
func (v Voters) Has(acceptor int) bool { return v>>acceptor&1 == 1 }

// Count returns how many there are.
func (v Voters) Count() int { return bits.OnesCount64(uint64(v)) }
