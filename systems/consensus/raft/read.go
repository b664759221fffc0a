package raft

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// A read needs no entry in the log, but it needs proof that no later leader has
// committed something that it does not see (§8; dissertation §6.4). The leader
// notes its commit index, proves by a round of heartbeats that it still led
// when the read arrived, and waits until it has applied that far. One round
// serves all reads that came before it began. On other servers the leader gives
// the index, and the server itself waits.

// read waits at the leader for a round that begins after it arrived.
type read struct {
	index Index // 0 until the leader has committed an entry of its term
	round uint64
	then  func(Index, error)
}

// maxReads bounds the reads that wait at the leader. Replicas ask for one at a
// time, so only repetition by the network gets there.
const maxReads = 4096

// Barrier runs done once this server's state is fresh enough.
func (r *Raft) Barrier(level rsm.Level, done func(error)) {
	switch {
	case level >= rsm.Serializable:
		done(nil)
	case r.role == leader:
		r.barrier(level, func(_ Index, err error) { done(err) })
	case r.leader == "":
		done(rsm.ErrNoLeader)
	default:
		r.askLeader(level, done)
	}
}

// barrier finds an index that a fresh state must reflect. When it calls then,
// this leader has applied that far.
func (r *Raft) barrier(level rsm.Level, then func(Index, error)) {
	l := &r.leading
	if len(l.reads) >= maxReads {
		then(0, rsm.ErrBusy)
		return
	}
	if !r.knowsCommit() {
		// A new leader does not know yet what is committed; the entry that it
		// began its term with will tell (§8).
		l.reads = append(l.reads, read{then: then})
		return
	}
	//parley:rule raft.term.deposed-leader-cannot-commit force=false
	if level != rsm.Lease || !r.HoldsLease() {
		l.reads = append(l.reads, read{index: r.commit, round: l.rounds.current + 1, then: then})
		r.startRound()
		return
	}
	then(r.commit, nil)
}

// knowsCommit tells whether an entry of this leader's term is committed.
func (r *Raft) knowsCommit() bool { return r.commit >= r.leading.noop }

// releaseReads answers the reads whose round a quorum has answered.
func (r *Raft) releaseReads() {
	l := &r.leading
	if r.role != leader || r.applying || len(l.reads) == 0 || !r.knowsCommit() {
		return
	}
	if l.reads[0].index == 0 {
		r.dateReads()
	}
	n := 0
	for n < len(l.reads) && l.reads[n].round <= l.rounds.proven.number {
		n++
	}
	ready := l.reads[:n:n]
	l.reads = l.reads[n:]
	for _, rd := range ready {
		rd.then(rd.index, nil)
	}
}

// dateReads begins a round for the reads that came before this leader knew what
// is committed.
func (r *Raft) dateReads() {
	l := &r.leading
	for i := range l.reads {
		l.reads[i].index, l.reads[i].round = r.commit, l.rounds.current+1
	}
	r.startRound()
}

// abandon fails what waited for a leadership that is over.
func (l *leaderState) abandon() {
	for _, rd := range l.reads {
		rd.then(0, rsm.ErrNotLeader)
	}
	l.abandonChange()
}

// asking is this server's reads that wait for the leader's answer, or for this
// server to apply as far as the answer said.
type asking struct {
	next    uint64 // id of the next request
	waiting []asked
}

type asked struct {
	id    uint64
	index Index // 0 until the leader has answered
	done  func(error)
}

// maxAsked bounds the requests to the leader: the oldest, whose answer was
// probably lost, gives way.
const maxAsked = 64

func (r *Raft) askLeader(level rsm.Level, done func(error)) {
	a := &r.asking
	a.next++
	if len(a.waiting) == maxAsked {
		oldest := a.waiting[0]
		a.waiting = append(a.waiting[:0], a.waiting[1:]...)
		oldest.done(rsm.ErrBusy)
	}
	a.waiting = append(a.waiting, asked{id: a.next, done: done})
	// Early: a question promises nothing.
	r.env.SendEarly(r.leader, &ReadIndex{Term: r.term, ID: a.next, Lease: level == rsm.Lease})
}

func (r *Raft) onReadIndex(from node.Addr, m *ReadIndex) {
	if !r.observe(m.Term) || r.role != leader {
		return
	}
	level := rsm.Linearizable
	if m.Lease {
		level = rsm.Lease
	}
	r.barrier(level, func(i Index, err error) {
		if err == nil {
			// Early: what is committed up to i does not depend on this disk.
			r.env.SendEarly(from, &ReadIndexReply{Term: r.term, ID: m.ID, Index: i})
		}
	})
}

// onReadIndexReply needs no look at the term: the index was right for every
// read that waits under this id, whoever leads by now.
func (r *Raft) onReadIndexReply(m *ReadIndexReply) {
	r.observe(m.Term)
	for i := range r.asking.waiting {
		if r.asking.waiting[i].id == m.ID {
			r.asking.waiting[i].index = max(m.Index, 1)
		}
	}
	r.releaseAsked()
}

// releaseAsked lets go on who waits for entries that are applied now.
func (r *Raft) releaseAsked() {
	var ready []asked
	rest := r.asking.waiting[:0]
	for _, a := range r.asking.waiting {
		//parley:rule consistency.linearizable.write-then-read consistency.linearizable.reads-never-go-back value=a.index>0
		if a.index > 0 && a.index <= r.applied {
			ready = append(ready, a)
		} else {
			rest = append(rest, a)
		}
	}
	clear(r.asking.waiting[len(rest):])
	r.asking.waiting = rest
	for _, a := range ready {
		a.done(nil)
	}
}
