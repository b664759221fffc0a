package pbft

// propose gives numbers to what waits, as far as the window has room. While
// MaxInflight batches are under way requests gather, so that batches grow with the
// load (§ 5.1.4 of TOCS).
func (r *PBFT) propose() {
	for r.mayPropose() {
		batch := r.gather()
		if len(batch) == 0 && r.next >= r.padTo {
			return
		}
		r.next++
		r.prePrepare(r.next, batch)
	}
}

func (r *PBFT) mayPropose() bool {
	return r.active && !r.recovering() && r.primary() && r.next < r.high() &&
		r.next < r.executed+SeqNo(r.cfg.MaxInflight)
}

// gather takes the requests that have no number yet, the oldest first.
func (r *PBFT) gather() (batch []*Request) {
	size := 0
	for _, a := range r.requests.order {
		m := r.requests.byClient[a].request
		if r.requests.given[a] >= m.Timestamp {
			continue
		}
		if size += len(m.Op) + 64; len(batch) > 0 && size > r.cfg.MaxBatchBytes || len(batch) >= r.cfg.MaxBatch {
			break
		}
		r.requests.given[a] = m.Timestamp
		batch = append(batch, m)
	}
	return batch
}

// prePrepare orders a batch: the number, once given, is in the log before anybody
// hears of it.
func (r *PBFT) prePrepare(n SeqNo, batch []*Request) {
	m := &PrePrepare{View: r.view, Seq: n, Digest: batchDigest(batch), Requests: batch, Replica: r.group.self}
	m.Auth = r.authenticator(m.content())
	r.accept(n, m.Digest, batch)
	r.all(m)
	r.advance(r.slot(n))
}

// resendPrePrepare makes the message again, for one that has lost it: tags of an
// earlier key epoch are void, so this replica's own requests come signed.
func (r *PBFT) resendPrePrepare(s *slot) *PrePrepare {
	b := r.bodies[s.digest]
	if b == nil {
		return nil
	}
	m := &PrePrepare{View: r.view, Seq: s.seq, Digest: s.digest, Replica: r.group.self}
	for _, q := range b.requests {
		if q.Client == r.env.Self() && len(q.Signature) == 0 {
			own := *q
			q = r.sign(&own)
		}
		m.Requests = append(m.Requests, q)
	}
	m.Auth = r.authenticator(m.content())
	return m
}
