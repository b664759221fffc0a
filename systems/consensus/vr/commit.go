package vr

// quorumOf returns the greatest number that a quorum has reached.
func (r *VR) quorumOf(of func(*backup) uint64) uint64 {
	var room [16]uint64
	sorted := room[:0] // the greatest first
	for _, b := range r.leading.peers {
		if b.learner {
			continue
		}
		v, i := of(b), len(sorted)
		sorted = append(sorted, v)
		for ; i > 0 && sorted[i-1] < v; i-- {
			sorted[i] = sorted[i-1]
		}
		sorted[i] = v
	}
	return sorted[r.leading.group.quorum()-1]
}

func ackedOf(b *backup) uint64 { return uint64(b.acked) }
func roundOf(b *backup) uint64 { return b.round }

// ownCopies returns what counts the primary's own copies of the entries that it
// takes on in a view, one a call. They count once they are durable, and not before:
// backups write theirs in the meantime. Completions come in the order of the entries.
func (r *VR) ownCopies(v View) func() {
	return func() {
		if r.leading.on && r.view == v {
			r.leading.me.acked++
			r.advanceCommit()
			r.tell()
		}
	}
}

// advanceCommit commits what f backups and the primary have (§4.1, step 5).
func (r *VR) advanceCommit() {
	//parley:rule vr.normal.primary-copy value=r.leading.me.acked
	n := OpNumber(r.quorumOf(ackedOf))
	if n <= r.commit {
		return
	}
	for i := max(r.commit, r.leading.began) + 1; i <= n; i++ {
		r.leading.uncommitted -= r.log.at(i).size()
	}
	r.commit = n
	if r.leading.reconfiguring() {
		r.announce() // as long as the epoch lasts
	}
	r.applyCommitted()
	r.announce()
	r.releaseReads()
}

// announce tells backups that have nothing else to be told what is committed. It
// spares those who wait there the time until the next heartbeat. (Who executes may
// submit the next request, which takes the news along: so execution comes first.)
func (r *VR) announce() {
	for _, b := range r.leading.peers {
		if b != r.leading.me && b.ready && b.told < r.commit && b.next > r.log.last() {
			r.sendCommit(b)
		}
	}
}

// sendCommit sends early for the reasons that prepare gives; the commit-number
// rests on a quorum of disks.
func (r *VR) sendCommit(b *backup) {
	b.told = r.commit
	r.env.SendEarly(b.addr, &Commit{
		View: r.view, Commit: r.commit, Op: r.log.last(), Round: r.leading.reads.Current(), Known: b.acked,
	})
}
