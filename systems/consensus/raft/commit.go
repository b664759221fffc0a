package raft

import "fmt"

// advanceCommit commits what a quorum has stored (§5.3, §5.4).
func (r *Raft) advanceCommit() {
	//parley:rule raft.commit.majority-stored raft.client.redirect-and-retry rsm.atomicity.all-or-nothing rsm.stable.majority-not-all value=Index(r.leading.me.match)
	stored := Index(r.leading.quorumOf(matchOf))
	if stored <= r.commit {
		return
	}
	// Counting replicas commits entries of the current term only: one of an
	// earlier term may be on a majority and still be overwritten by a leader
	// that never saw it (§5.4.2, Figure 8). Those before it come along.
	//parley:rule raft.commit.no-counting-of-old-terms force=false
	if r.log.term(stored) != r.term {
		return
	}
	r.commitTo(stored)
	if r.role == leader {
		r.announceCommit()
	}
}

// commitTo raises the commit index, which never goes back, and applies.
func (r *Raft) commitTo(i Index) {
	if i <= r.commit {
		return
	}
	if i > r.log.last() {
		panic(fmt.Sprintf("raft: commit of %d, and the log ends at %d", i, r.log.last()))
	}
	if r.role == leader {
		for j := max(r.commit, r.leading.noop-1) + 1; j <= i; j++ {
			r.leading.uncommitted -= r.log.at(j).size()
		}
	}
	r.commit = i
	r.applyCommitted()
}

// applyCommitted hands committed entries to the applier, in order. The applier
// may submit, but that commits nothing before this returns.
func (r *Raft) applyCommitted() {
	if r.applying {
		return
	}
	r.applying = true
	for r.applied < r.commit {
		r.applied++
		e := r.log.at(r.applied)
		r.sinceSnapshot += e.size()
		switch {
		case e.Kind == CommandEntry:
			r.app.Apply(r.applied, e.Data)
		case e.Kind == ConfigurationEntry:
			r.onConfigurationCommitted(r.applied)
		}
	}
	r.applying = false
	r.releaseReads()
	r.releaseAsked()
	r.maybeSnapshot()
}
