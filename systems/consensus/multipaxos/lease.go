package multipaxos

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// A lease lets the leader answer reads alone (PML §5.2). Who answers it promises
// nobody else anything for T, measured from when it heard of the leader (I6). So a
// new leader, which needs the promises of a majority, has waited until the lease of
// the old one must have run out: with clocks that run true.
//
// They do not. If every oscillator's rate is within 1-ρ and 1+ρ of true, an
// acceptor's T takes at least T/(1+ρ), in which the leader measures at least
// T·(1-ρ)/(1+ρ). Its lease lasts that long, from when the round began that a quorum
// has answered: the answers themselves may have taken any time.

// mayPromise tells whether this acceptor may promise another its votes: not while it
// has granted a lease, unless it is the holder who asks, whose lease ended when it
// became a candidate, or who the holder asked to take over.
func (r *Paxos) mayPromise(from node.Addr, over Ballot) bool {
	if r.cfg.NoLease || from == r.holder || over != 0 && over == r.promised {
		return true
	}
	//parley:rule multipaxos.lease.new-leader-waits value=true
	free := r.env.Elapsed() >= r.heard+r.cfg.Timeout
	return free
}

// HoldsLease tells whether this replica leads, has executed what is chosen, and its
// lease is running.
func (r *Paxos) HoldsLease() bool {
	l := &r.leading
	if !l.on || r.applying || r.cfg.NoLease || l.leaseVoid || !r.knowsChosen() {
		return false
	}
	begun, ok := l.reads.Proven()
	return ok && r.env.Elapsed() < begun+r.leaseLength()
}

func (r *Paxos) leaseLength() time.Duration {
	drift := r.cfg.ClockDrift
	//parley:rule multipaxos.lease.new-leader-waits value=2*r.cfg.Timeout
	length := time.Duration(float64(r.cfg.Timeout) * (1 - drift) / (1 + drift))
	return length
}
