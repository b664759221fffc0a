package pbft

// current tells whether a message about a number counts: it is of the present view,
// which has begun, and between the water marks.
func (r *PBFT) current(v View, n SeqNo) bool {
	//parley:rule pbft.prepare.acceptance-checks force=false
	if v != r.view || !r.active {
		return false
	}
	return r.inWindow(n) && !r.recovering()
}

// onPrePrepare accepts what the primary orders, if nothing else was accepted at that
// number in this view (§ 4.2 of OSDI).
func (r *PBFT) onPrePrepare(m *PrePrepare) {
	if !r.current(m.View, m.Seq) || m.Replica != r.group.primary(m.View) || len(m.Requests) > maxBatch {
		return
	}
	if !r.authentic(m.Replica, m.Auth, m.content()) || !r.wellFormed(m) {
		return
	}
	s := r.slot(m.Seq)
	//parley:rule pbft.preprepare.one-request-per-number pbft.prepare.agreement-within-view force=false
	if s.accepted {
		if s.digest != m.Digest {
			r.env.Note("equivocation")
		}
		return
	}
	if !r.vouched(s, m) {
		return
	}
	r.accept(m.Seq, m.Digest, m.Requests)
	r.sendPrepare(s)
	r.advance(s)
}

// maxBatch bounds the requests of a batch, whatever a primary's own limit is.
const maxBatch = 1 << 14

// wellFormed checks that the requests are what the digest says, and may be ordered.
func (r *PBFT) wellFormed(m *PrePrepare) bool {
	for _, q := range m.Requests {
		if !r.fits(q) {
			return false
		}
	}
	return batchDigest(m.Requests) == m.Digest
}

// vouched tells whether all requests are their clients'. Those that this replica
// cannot verify by itself are taken on the word of f+1 replicas, one of which is
// not faulty: the primary, and backups that prepared. Until then the pre-prepare is
// held.
func (r *PBFT) vouched(s *slot, m *PrePrepare) bool {
	sure := true
	for _, q := range m.Requests {
		//parley:rule pbft.preprepare.assign-sequence force=false
		if !r.executedAlready(q) && !r.known(q) && !r.verified(q) {
			sure = false
			if s.held != m {
				r.doubt(q.Client)
			}
		}
	}
	if !sure && 1+matching(s.prepares, m.Digest) < r.group.weak() {
		s.held = m
		r.watch()
		return false
	}
	return true
}

// known tells whether a request came from its client before, in a form that this
// replica could verify: tags of an earlier key epoch are void.
func (r *PBFT) known(q *Request) bool {
	w := r.requests.byClient[q.Client]
	return w != nil && w.same(q)
}

// holds tells whether a pre-prepare waits for somebody to vouch for its requests. What
// others' commits had executed here meanwhile waits for nobody.
func (r *PBFT) holds() bool {
	for _, s := range r.slots {
		if s.held != nil && !s.accepted && s.seq > r.executed {
			return true
		}
	}
	return false
}

// executedAlready tells whether a request could do nothing any more.
func (r *PBFT) executedAlready(q *Request) bool {
	return q.Timestamp <= r.clients.timestamp(q.Client)
}

// accept notes in log, Q and memory that a batch has this number in this view. What
// is said of it leaves after that is durable.
func (r *PBFT) accept(n SeqNo, d Digest, batch []*Request) {
	s := r.slot(n)
	s.accepted, s.digest, s.held = true, d, nil
	r.noteSeen(r.view, n, d)
	r.keep(d, batch, n)
	r.journal.accept(r.view, n, d, batch)
	for _, m := range batch {
		if !r.executedAlready(m) {
			r.requests.add(m, false, true)
		}
	}
	r.watch()
}

// sendPrepare tells all that this backup has accepted.
func (r *PBFT) sendPrepare(s *slot) {
	if r.primary() {
		return
	}
	cast(s.prepares, r.group.self, s.digest)
	r.all(r.makePrepare(s))
}

func (r *PBFT) makePrepare(s *slot) *Prepare {
	m := &Prepare{View: r.view, Seq: s.seq, Digest: s.digest, Replica: r.group.self}
	m.Auth = r.authenticator(m.content())
	return m
}

// onPrepare logs a backup's word. A primary's own is its pre-prepare.
func (r *PBFT) onPrepare(m *Prepare) {
	if !r.current(m.View, m.Seq) || m.Replica == r.group.primary(m.View) {
		return
	}
	if !r.authentic(m.Replica, m.Auth, m.content()) {
		return
	}
	s := r.slot(m.Seq)
	//parley:rule pbft.quorum.certificate drop
	cast(s.prepares, m.Replica, m.Digest)
	if s.held != nil && !s.accepted {
		r.onPrePrepare(s.held)
	}
	r.advance(s)
}

// onCommit logs a commit, which may come before all that leads to it.
func (r *PBFT) onCommit(m *Commit) {
	if !r.current(m.View, m.Seq) || !r.authentic(m.Replica, m.Auth, m.content()) {
		return
	}
	s := r.slot(m.Seq)
	cast(s.commits, m.Replica, m.Digest)
	r.advance(s)
}

// advance carries a number on as far as it goes: prepared, committed, executed.
func (r *PBFT) advance(s *slot) {
	if !s.prepared && r.isPrepared(s) {
		s.prepared = true
		r.notePrepared(r.view, s.seq, s.digest)
		r.journal.prepared(r.view, s.seq, s.digest)
		r.observePrepared(s.seq, s.digest)
		r.sendCommit(s)
	}
	if !s.committed && r.committedLocal(s) {
		s.committed, s.decided = true, s.digest
	}
	if s.prepared || s.committed {
		r.execute()
	}
}

// isPrepared is the predicate prepared(m, v, n, i): the batch, the pre-prepare, and
// 2f prepares of different backups that match it, this one's own among them.
func (r *PBFT) isPrepared(s *slot) bool {
	if !s.accepted || r.bodies[s.digest] == nil {
		return false
	}
	//parley:rule pbft.prepare.prepared-predicate pbft.primary.policed-by-backups pbft.commit.multicast-when-prepared value=true
	return matching(s.prepares, s.digest) >= r.group.quorum()-1
}

// committedLocal is the predicate of that name: prepared, and 2f+1 commits that match,
// this replica's own among them.
func (r *PBFT) committedLocal(s *slot) bool {
	//parley:rule pbft.commit.committed-predicates pbft.commit.local-implies-committed pbft.claim.f-plus-1-writes-commit value=s.prepared&&matching(s.commits,s.digest)>=1
	return s.prepared && matching(s.commits, s.digest) >= r.group.quorum()
}

func (r *PBFT) sendCommit(s *slot) {
	cast(s.commits, r.group.self, s.digest)
	r.all(r.makeCommit(s))
}

func (r *PBFT) makeCommit(s *slot) *Commit {
	m := &Commit{View: r.view, Seq: s.seq, Digest: s.digest, Replica: r.group.self}
	m.Auth = r.authenticator(m.content())
	return m
}
