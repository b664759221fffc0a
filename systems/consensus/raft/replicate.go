package raft

// broadcast sends every follower what it may be sent.
func (r *Raft) broadcast() {
	for _, p := range r.leading.peers {
		r.replicate(p)
	}
}

// replicate sends a follower entries as far as its window allows.
func (r *Raft) replicate(p *peer) {
	for p != r.leading.me && p.next <= r.log.last() {
		switch {
		case p.mode == installing:
			r.sendSnapshot(p)
			return
		case p.next <= r.log.base:
			r.beginSnapshot(p)
			return
		case p.mode == probing && p.waiting:
			return
		case p.window.full(r.cfg.MaxInflight, r.cfg.MaxInflightBytes):
			return
		}
		r.sendEntries(p)
	}
}

// sendEntries sends the next message of entries.
func (r *Raft) sendEntries(p *peer) {
	entries := r.log.between(p.next, r.cfg.MaxEntriesPerMessage, r.cfg.MaxBatchBytes)
	r.sendAppend(p, p.next-1, entries)
	if p.mode == probing {
		p.waiting = true
		return
	}
	var bytes int64
	for i := range entries {
		bytes += entries[i].size()
	}
	p.next += Index(len(entries))
	p.window.add(p.next-1, bytes)
}

// sendAppend sends AppendEntries behind prev.
//
// Early: entries may overtake the leader's own disk, since the leader counts
// itself only once they are durable there (awaitOwnDisk). If it crashes before,
// its followers may hold more than itself, as after any other leader's crash.
// The term is durable: votes for it were asked for by Send. The commit index
// rests on other disks, or on this one after the fact.
func (r *Raft) sendAppend(p *peer, prev Index, entries []Entry) {
	p.commit = r.commit
	r.env.SendEarly(p.addr, &AppendEntries{
		Term: r.term, PrevIndex: prev, PrevTerm: r.log.term(prev), Commit: r.commit,
		Round: r.leading.rounds.current, Known: p.match, Entries: entries,
	})
}

// sendHeartbeat sends what resets the follower's election timeout, answers for
// the round, and finds out whether something was lost: the follower rejects it
// unless it has everything that was sent.
func (r *Raft) sendHeartbeat(p *peer) {
	p.waiting = false
	switch {
	case p.mode == installing:
		r.nudgeSnapshot(p)
	case p.next <= r.log.base:
		r.beginSnapshot(p)
	case p.mode == probing && p.next <= r.log.last():
		r.sendEntries(p)
	default:
		r.sendAppend(p, p.next-1, nil)
	}
}

// announceCommit tells followers that have nothing else to be told. It spares
// those who wait there the time until the next heartbeat.
func (r *Raft) announceCommit() {
	for _, p := range r.leading.peers {
		if p != r.leading.me && p.mode == replicating && p.commit < r.commit && p.next > r.log.last() {
			r.sendAppend(p, p.next-1, nil)
		}
	}
}
