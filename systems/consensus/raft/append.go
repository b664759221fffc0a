package raft

import (
	"fmt"
	"log/slog"

	"github.com/parleysystems/parley/node"
)

// hear takes notice of the leader of the current term.
func (r *Raft) hear(from node.Addr) {
	if r.role == leader {
		panic(fmt.Sprintf("raft: %s and %s lead in term %d", r.self, from, r.term))
	}
	//parley:rule raft.election.candidate-procedure force=false
	if r.role != follower {
		r.become(follower)
	}
	r.leader = from
	r.transferred(from)
	r.heard = r.env.Elapsed()
	//parley:rule raft.state.roles-and-heartbeats drop
	r.resetDeadline()
}

// onAppendEntries is the receiver's side of replication (Figure 2).
func (r *Raft) onAppendEntries(from node.Addr, m *AppendEntries) {
	if !r.observe(m.Term) {
		r.reject(from, m)
		return
	}
	r.hear(from)
	if r.lostEntries(m) {
		return
	}
	prev, entries := r.skipDropped(m)
	//parley:rule raft.log.consistency-check raft.log.matching-property force=false
	if !r.matches(prev, m.PrevTerm) {
		r.reject(from, m)
		return
	}
	verified := prev + Index(len(entries))
	r.store(prev, entries)
	//parley:rule raft.replication.normal-operation value=m.Commit
	//parley:rule rsm.approach.elect-replicate-execute raft.safety.state-machine-safety value=verified
	upTo := min(m.Commit, verified)
	r.commitTo(upTo)
	// Held until the entries are durable here: the answer says so (§5.3).
	r.env.Send(from, &AppendEntriesReply{Term: r.term, Index: verified, Round: m.Round})
}

// lostEntries stops this host if the leader knows of entries that it had
// acknowledged and no longer has: its disk was lost or exchanged, so its votes
// cannot be relied upon either. It has to join as a new member.
func (r *Raft) lostEntries(m *AppendEntries) bool {
	if m.Known <= r.log.last() {
		return false
	}
	r.env.Halt(fmt.Errorf("raft: the log of %s ends at index %d, and it had acknowledged %d: "+
		"its disk was lost or replaced; remove this member and add it as a new one", r.self, r.log.last(), m.Known))
	return true
}

// skipDropped leaves out entries that this server has dropped from memory. They
// are committed, so they equal the leader's.
func (r *Raft) skipDropped(m *AppendEntries) (prev Index, entries []Entry) {
	if m.PrevIndex >= r.log.base {
		return m.PrevIndex, m.Entries
	}
	n := min(r.log.base-m.PrevIndex, Index(len(m.Entries)))
	return r.log.base, m.Entries[n:]
}

// matches is the consistency check (§5.3). With it, agreement on one entry is
// agreement on all before it, by induction.
func (r *Raft) matches(prev Index, term Term) bool {
	return prev <= r.log.last() && (prev <= r.log.base || r.log.term(prev) == term)
}

// store adds the entries behind prev that are not there yet. What conflicts
// with them goes, with all that follows; what does not stays, for the message
// may be an old one, shorter than what was acknowledged since (§5.3).
func (r *Raft) store(prev Index, entries []Entry) {
	for n := range entries {
		i := prev + 1 + Index(n)
		if i > r.log.last() {
			r.appendAll(i, entries[n:])
			return
		}
		//parley:rule raft.replication.retry-laggards force=true
		if r.log.term(i) != entries[n].Term {
			//parley:rule raft.log.leader-is-truth-repair drop
			r.cut(i)
			r.appendAll(i, entries[n:])
			return
		}
	}
}

// cut removes the entries from index i on: another leader's, never committed.
func (r *Raft) cut(i Index) {
	if i <= r.commit {
		panic(fmt.Sprintf("raft: entry %d conflicts, and %d is committed", i, r.commit))
	}
	r.env.Note("cut", slog.Uint64("from", uint64(i)), slog.Uint64("last", uint64(r.log.last())))
	r.log.truncate(i)
	r.configs.truncate(i)
}

func (r *Raft) appendAll(from Index, entries []Entry) {
	r.log.append(entries...)
	if err := r.adoptConfigurations(from); err != nil {
		panic(err) // a leader encoded it
	}
}

// reject answers with this server's term, and where its log may agree with the
// leader's: at or before the rejected place, at a term not above that place's.
func (r *Raft) reject(from node.Addr, m *AppendEntries) {
	hint, term := r.log.lastAtOrBelow(m.PrevIndex, m.PrevTerm)
	r.env.Send(from, &AppendEntriesReply{
		Term: r.term, Rejected: true, Index: m.PrevIndex, Round: m.Round, HintIndex: hint, HintTerm: term,
	})
}

func (r *Raft) onAppendEntriesReply(from node.Addr, m *AppendEntriesReply) {
	p := r.answered(from, m.Term, m.Round)
	if p == nil {
		return
	}
	if m.Rejected {
		r.onRejected(p, m)
	} else if p.accepted(m.Index) {
		r.advanceCommit()
		r.advanceTransfer(p)
		r.advanceChange()
	}
	if r.role == leader {
		r.replicate(p)
	}
}

// answered finds the peer that an answer to the leader's message came from, and
// notes that it lives. It returns nil if the answer means nothing any more.
func (r *Raft) answered(from node.Addr, term Term, round uint64) *peer {
	if !r.observe(term) || r.role != leader {
		return nil
	}
	p := r.peer(from)
	if p == nil {
		return nil
	}
	p.heard = r.env.Elapsed()
	if round > p.round {
		p.round = round
		r.proveRounds()
	}
	return p
}

// onRejected moves next back to where the logs may agree (§5.3). The hint skips
// the entries of terms that this log cannot have there either. It lies before
// what was rejected, always: the same question must not be asked again.
func (r *Raft) onRejected(p *peer, m *AppendEntriesReply) {
	stale := m.Index <= p.match || p.mode == installing || p.mode == probing && m.Index != p.next-1
	if stale {
		return
	}
	hint, _ := r.log.lastAtOrBelow(m.HintIndex, m.HintTerm)
	p.probe(hint + 1)
}
