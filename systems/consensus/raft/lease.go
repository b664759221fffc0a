package raft

import "time"

// A lease lets the leader answer reads without a round (dissertation §6.4.1).
// When a quorum has answered a round that began at time s, none of it votes for
// another before it has measured the shortest election timeout T from when the
// heartbeat arrived, which is after s. So no other can lead, nor commit,
// before s+T: with clocks that run true.
//
// They do not. If every oscillator's rate is within 1-ρ and 1+ρ of true, a
// follower's T takes at least T/(1+ρ), and by then the leader has measured at
// least T·(1-ρ)/(1+ρ) since s. The lease lasts no longer than that.
//
// It starts at s and not when the answers arrive: they may have taken any time.
// Offering leadership to another ends leases for the rest of the term, since
// its election need not wait for anybody's timeout.

// HoldsLease tells whether this server leads, has applied what is committed (in
// the midst of applying, others may be ahead), and its lease is running.
func (r *Raft) HoldsLease() bool {
	l := &r.leading
	if r.role != leader || r.applying || r.cfg.NoCheckQuorum || l.void || !r.knowsCommit() {
		return false
	}
	return l.rounds.proven.number > 0 && r.env.Elapsed() < l.rounds.proven.begun+r.leaseLength()
}

func (r *Raft) leaseLength() time.Duration {
	drift := r.cfg.ClockDrift
	//parley:rule raft.lease.drift-bound value=2*r.cfg.ElectionTimeout
	length := time.Duration(float64(r.cfg.ElectionTimeout) * (1 - drift) / (1 + drift))
	return length
}
