package multipaxos

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// A read needs no slot, but proof that nobody has been told of a later one. The
// first slot that this leader does not know to be chosen has the acceptors that
// promised to it (I5): as long as a quorum of them has promised nothing higher,
// nobody else can have learned what is chosen there. The leader gets that proof by a
// round of messages (package rounds), or it holds a lease.

// Barrier runs done once this replica's state is fresh enough.
func (r *Paxos) Barrier(level rsm.Level, done func(error)) {
	switch {
	case level >= rsm.Serializable:
		done(nil)
	case r.leading.on:
		r.barrier(level, func(_ rsm.Index, err error) { done(err) })
	case r.leader == "":
		done(rsm.ErrNoLeader)
	default:
		r.asking.Ask(r.env, r.leader, level, done)
	}
}

// barrier waits for proof. When it calls then, this leader has executed what a fresh
// state must reflect.
func (r *Paxos) barrier(level rsm.Level, then func(rsm.Index, error)) {
	if level == rsm.Lease && r.HoldsLease() {
		then(r.chosen, nil)
		return
	}
	if err := r.leading.reads.Await(r.knowsChosen(), r.chosen, then); err != nil {
		then(0, err)
		return
	}
	if r.knowsChosen() {
		r.startRound()
	}
}

// knowsChosen tells whether this leader knows all that was chosen before it (I7).
func (r *Paxos) knowsChosen() bool { return r.chosen >= r.leading.began }

// startRound sends a heartbeat to everybody.
func (r *Paxos) startRound() {
	l := &r.leading
	l.me.round = l.reads.Begin(r.env.Elapsed())
	for _, p := range l.peers {
		if p != l.me {
			r.watch(p)
			r.sendHeartbeat(p)
		}
	}
	r.prove() // a group of one proves it alone
}

func (r *Paxos) prove() {
	l := &r.leading
	proven := l.quorumOf(roundOf)
	if proven > 0 {
		r.heard = r.env.Elapsed() // as an acceptor it grants itself a lease, too
	}
	l.reads.Prove(proven)
	r.releaseReads()
}

// releaseReads answers the reads whose round a quorum has answered.
func (r *Paxos) releaseReads() {
	l := &r.leading
	if !l.on || r.applying || !r.knowsChosen() {
		return
	}
	if l.reads.Date(r.chosen) {
		r.startRound()
		return
	}
	l.reads.Release()
}

// onAsk answers with what is chosen when the proof is there.
func (r *Paxos) onAsk(from node.Addr, m *rounds.Ask) {
	if !r.leading.on {
		return
	}
	level := rsm.Linearizable
	if m.Lease {
		level = rsm.Lease
	}
	r.barrier(level, func(_ rsm.Index, err error) {
		if err == nil {
			// Early: what is chosen does not depend on this disk.
			r.env.SendEarly(from, &rounds.Answer{ID: m.ID, Index: r.chosen})
		}
	})
}
