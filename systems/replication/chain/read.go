package chain

import (
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Everything stands for all objects together.
const Everything = ""

// Barrier runs done once this replica's state is fresh enough for any question. What
// is clean needs nobody else; of what is dirty the tail is asked which versions are
// committed (CRAQ §2.3).
func (r *Replica) Barrier(level rsm.Level, done func(error)) {
	switch {
	case level >= rsm.Serializable, level == rsm.Lease && r.HoldsLease():
		done(nil)
	case r.isTail():
		r.confirmed(level, func(_ rsm.Index, err error) { done(err) })
	case r.now.Tail() == "" || !r.now.has(r.self) && r.now.Joining != r.self:
		done(rsm.ErrNoLeader)
	default:
		r.query(level, done)
	}
}

// HoldsLease tells whether any question may be answered here at this moment.
func (r *Replica) HoldsLease() bool { return r.HoldsLeaseOn(Everything) }

// HoldsLeaseOn tells whether a question about an object may be answered here at this
// moment: this replica has its place for certain, and knows all that is committed
// of the object.
func (r *Replica) HoldsLeaseOn(object string) bool {
	return r.lease.runs() && r.now.has(r.self) && !r.Applying() && r.knows(object)
}

// knows tells whether this replica, if its configuration is the latest, has
// executed everything of an object that is committed.
func (r *Replica) knows(object string) bool {
	//parley:rule chain.read.at-tail value=true
	tail := r.isTail()
	if tail {
		return !r.handing && r.Committed() >= r.began
	}
	if !r.cfg.Apportioned {
		return false
	}
	//parley:rule craq.read.any-replica value=true
	clean := !r.objects.dirty(object)
	return clean
}

// confirmed runs then when this tail's configuration is certain to be the latest,
// with what is committed in it and executed here: at once under a lease, else when
// the configuration service has said so.
func (r *Replica) confirmed(level rsm.Level, then func(rsm.Index, error)) {
	if level == rsm.Lease && r.HoldsLeaseOn(Everything) {
		then(r.Committed(), nil)
		return
	}
	known := r.Committed() >= r.began
	if err := r.reads.Await(known, r.Committed(), then); err != nil {
		then(0, err)
		return
	}
	if known {
		r.startRound()
	}
}

// startRound begins a round of reads with a question to the configuration service.
// Rounds of reads are numbered apart from those of the lease.
func (r *Replica) startRound() {
	r.reads.Begin(r.Env.Elapsed())
	r.queries.confirm(r.sayRenew(), r.reads.Current())
}

// confirm takes notice that the configuration was the latest after a question.
func (r *Replica) confirm(round uint64) {
	if r.isTail() {
		r.reads.Prove(r.queries.confirmed(round))
		r.releaseReads()
	}
}

// releaseReads answers the reads whose round is proven.
func (r *Replica) releaseReads() {
	if r.Applying() || r.Committed() < r.began {
		return
	}
	if r.reads.Date(r.Committed()) {
		r.startRound()
		return
	}
	r.reads.Release()
}
