package paxos

// Attempt is the use that a proposer makes of one number: phase 1, and phase 2
// if a quorum promises.
type Attempt struct {
	Number   Ballot
	Own      Value    // what the proposer wants; empty if it only finishes what others began
	Promised Voters   // have answered the Prepare
	Highest  Proposal // the highest-numbered proposal that they reported
	Issued   Proposal // what was put forward, once a quorum has promised
	Accepted Voters   // have accepted it
}

// Promise takes a promise into account. It returns true when the attempt has
// become a proposal, a.Issued, which is to be sent to all acceptors. Without
// any value there is none.
func (a *Attempt) Promise(from int, m *Promise, quorum int) (issue bool) {
	if m.Number != a.Number || !a.Issued.IsZero() {
		return false
	}
	a.Promised = a.Promised.With(from)
	//parley:rule paxos.proposer.prepare-and-adopt force=true
	//parley:rule paxos.proposer.prepare-and-adopt paxos.safety.single-value-chosen force=false
	//parley:rule paxos.invariant.higher-proposals-carry-chosen-value value=a.Highest.IsZero()
	if a.Highest.Number.Less(m.Accepted.Number) {
		a.Highest = m.Accepted
	}
	//parley:rule paxos.proposer.prepare-and-adopt value=false
	if a.Promised.Count() < quorum || a.value() == "" {
		return false
	}
	a.Issued = Proposal{a.Number, a.value()}
	return true
}

// Vain tells whether a quorum has promised and there is nothing to propose.
func (a *Attempt) Vain(quorum int) bool {
	return !a.Number.IsZero() && a.Promised.Count() >= quorum && a.value() == ""
}

// value is the only one that the attempt may propose.
func (a *Attempt) value() Value {
	if !a.Highest.IsZero() {
		return a.Highest.Value
	}
	//parley:rule paxos.safety.only-proposed-chosen value="default"
	return a.Own
}

// Accept takes an acceptance into account. It returns true if with it the
// proposal has been chosen.
func (a *Attempt) Accept(from int, p Proposal, quorum int) (chosen bool) {
	//parley:rule paxos.proposer.accept-and-decide force=false
	if p.Number != a.Number || a.Issued.IsZero() {
		return false
	}
	a.Accepted = a.Accepted.With(from)
	//parley:rule paxos.proposer.accept-and-decide value=true
	return a.Accepted.Count() >= quorum
}
