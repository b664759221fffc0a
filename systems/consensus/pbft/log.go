package pbft

import "slices"

// slot is what a replica knows of one number between the water marks.
type slot struct {
	seq SeqNo

	// Of the present view: the pre-prepare that was accepted, and the votes, which
	// may be there before it.
	accepted bool
	digest   Digest
	prepares []vote
	commits  []vote
	prepared bool
	// held is a pre-prepare with requests that this replica could not verify.
	held *PrePrepare

	// committed is for ever: so is decided, the batch.
	committed bool
	decided   Digest
	claims    []vote // Decided
	asked     bool   // for its requests
}

// vote is what one replica said of a number in the present view.
type vote struct {
	cast   bool
	digest Digest
}

// enterView forgets what was said in earlier views.
func (s *slot) enterView(n int) {
	s.accepted, s.prepared, s.held, s.digest = false, false, nil, Digest{}
	s.prepares, s.commits = make([]vote, n), make([]vote, n)
}

// matching counts the replicas that voted for a digest. A second vote of the same
// replica does not count, and its first one stays.
func matching(votes []vote, d Digest) int {
	count := 0
	for _, v := range votes {
		//parley:rule pbft.byzantine-primary.equivocation pbft.prepare.prepared-predicate value=v.cast
		if v.cast && v.digest == d {
			count++
		}
	}
	return count
}

// cast notes a replica's vote, once.
func cast(votes []vote, id ReplicaID, d Digest) bool {
	if votes[id].cast {
		return false
	}
	votes[id] = vote{true, d}
	return true
}

// body is the requests of a batch, kept while a number above the low water mark may
// need them.
type body struct {
	requests []*Request
	last     SeqNo // the greatest number that it was proposed for
}

// slot returns that of a number, which is between the water marks.
func (r *PBFT) slot(n SeqNo) *slot {
	s := r.slots[n]
	if s == nil {
		s = &slot{seq: n, claims: make([]vote, r.group.n())}
		s.enterView(r.group.n())
		r.slots[n] = s
	}
	return s
}

// low and high are the water marks h and H: numbers up to h are history, those
// above H too far ahead.
func (r *PBFT) low() SeqNo  { return r.stable.seq }
func (r *PBFT) high() SeqNo { return r.stable.seq + SeqNo(r.cfg.Window) }

func (r *PBFT) inWindow(n SeqNo) bool {
	//parley:rule pbft.prepare.acceptance-checks value=n>r.low()
	return n > r.low() && n <= r.high()
}

// maxSeen bounds the digests that are remembered for a number (Q). To forget one can
// hold up a view change, which then goes on in a later view; it cannot make one
// choose wrongly.
const maxSeen = 32

// noteSeen puts an accepted pre-prepare into Q.
func (r *PBFT) noteSeen(v View, n SeqNo, d Digest) {
	all := r.seen[n]
	i := slices.IndexFunc(all, func(q *PrePrepared) bool { return q.Digest == d })
	if i >= 0 {
		all = slices.Delete(all, i, i+1)
	}
	if len(all) >= maxSeen {
		all = all[1:]
	}
	r.seen[n] = append(all, &PrePrepared{Seq: n, Digest: d, View: v}) // the latest view last
}

// notePrepared puts a prepared batch into P.
func (r *PBFT) notePrepared(v View, n SeqNo, d Digest) {
	r.prepared[n] = &Prepared{Seq: n, Digest: d, View: v}
}

// keep remembers the requests of a batch.
func (r *PBFT) keep(d Digest, requests []*Request, n SeqNo) {
	b := r.bodies[d]
	if b == nil {
		b = &body{requests: requests}
		r.bodies[d] = b
	}
	b.last = max(b.last, n)
}

// collect drops what a stable checkpoint at n has made superfluous.
func (r *PBFT) collect(n SeqNo) {
	for seq := range r.slots {
		if seq <= n {
			delete(r.slots, seq)
		}
	}
	for seq := range r.prepared {
		if seq <= n {
			delete(r.prepared, seq)
		}
	}
	for seq := range r.seen {
		if seq <= n {
			delete(r.seen, seq)
		}
	}
	for d, b := range r.bodies {
		if b.last <= n {
			delete(r.bodies, d)
		}
	}
	for seq := range r.votes {
		if seq <= n {
			delete(r.votes, seq)
		}
	}
	for seq := range r.taken {
		if seq < n {
			delete(r.taken, seq)
		}
	}
}
