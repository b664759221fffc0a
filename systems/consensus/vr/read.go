package vr

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// A read needs no op-number, but proof that no later view has committed something
// that this one does not see (§6.3). The primary gets it by a round of messages
// (package rounds), or by a lease: backups that hear from it take part in no view
// change for T, unless it has itself left the view (mayLeave). If every
// oscillator's rate is within 1-ρ and 1+ρ of true, a backup's T takes at least
// T/(1+ρ), in which the primary measures at least T·(1-ρ)/(1+ρ); the lease runs
// that long from when the round began that a quorum has answered.

// Barrier runs done once this replica's state is fresh enough.
func (r *VR) Barrier(level rsm.Level, done func(error)) {
	leader, _ := r.Leader()
	switch {
	case level >= rsm.Serializable:
		done(nil)
	case r.leading.on:
		r.barrier(level, func(_ rsm.Index, err error) { done(err) })
	case leader == "":
		done(rsm.ErrNoLeader)
	default:
		r.asking.Ask(r.env, leader, level, done)
	}
}

// barrier finds an op-number that a fresh state must reflect. When it calls then,
// this primary has executed that far.
func (r *VR) barrier(level rsm.Level, then func(rsm.Index, error)) {
	if level == rsm.Lease && r.HoldsLease() {
		then(r.commit, nil)
		return
	}
	if err := r.leading.reads.Await(r.knowsCommit(), r.commit, then); err != nil {
		then(0, err)
		return
	}
	if r.knowsCommit() {
		r.startRound()
	}
}

// knowsCommit tells whether this primary knows what earlier views have committed:
// all of it was in the log when the view began.
func (r *VR) knowsCommit() bool { return r.commit >= r.leading.began }

// startRound sends a heartbeat to everybody.
func (r *VR) startRound() {
	l := &r.leading
	l.me.round = l.reads.Begin(r.env.Elapsed())
	for _, b := range l.peers {
		if b != l.me {
			r.sendCommit(b)
		}
	}
	r.prove() // a group of one proves it alone
}

func (r *VR) prove() {
	r.leading.reads.Prove(r.quorumOf(roundOf))
	r.releaseReads()
}

// releaseReads answers the reads whose round a quorum has answered.
func (r *VR) releaseReads() {
	if !r.leading.on || r.applying || !r.knowsCommit() {
		return
	}
	if r.leading.reads.Date(r.commit) {
		r.startRound()
		return
	}
	r.leading.reads.Release()
}

func (r *VR) onAsk(from node.Addr, m *rounds.Ask) {
	if !r.leading.on {
		return
	}
	level := rsm.Linearizable
	if m.Lease {
		level = rsm.Lease
	}
	r.barrier(level, func(n rsm.Index, err error) {
		if err == nil {
			// Early: what is committed does not depend on this disk.
			r.env.SendEarly(from, &rounds.Answer{ID: m.ID, Index: n})
		}
	})
}

// HoldsLease tells whether this replica is the primary, has executed what is
// committed, and its lease is running.
func (r *VR) HoldsLease() bool {
	if !r.leading.on || r.applying || r.cfg.NoLease || !r.knowsCommit() {
		return false
	}
	begun, ok := r.leading.reads.Proven()
	//parley:rule consistency.linearizable.reads-never-go-back value=ok
	return ok && r.env.Elapsed() < begun+r.leaseLength()
}

func (r *VR) leaseLength() time.Duration {
	drift := r.cfg.ClockDrift
	return time.Duration(float64(r.cfg.ViewTimeout) * (1 - drift) / (1 + drift))
}

// mayLeave tells whether this replica may follow another to a later view: not
// while it hears from its primary, unless that is who leaves.
func (r *VR) mayLeave(from node.Addr) bool {
	if r.cfg.NoLease || r.leading.on || r.status != normal || from == r.primaryOf(r.view) {
		return true
	}
	//parley:rule consistency.linearizable.reads-never-go-back value=true
	return r.env.Elapsed() >= r.heard+r.cfg.ViewTimeout
}
