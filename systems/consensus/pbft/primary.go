package pbft

// propose gives numbers to what waits, as far as the window has room. While batches
// are under way requests gather, until it is worthwhile to order another beside them,
// and in any case while there are MaxInflight: so batches grow with the load (§ 5.1.4
// of TOCS).
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
		r.next < r.executed+r.inflight() &&
		(r.next <= r.executed || r.next < r.padTo || len(r.requests.fresh) >= r.cfg.Worthwhile)
}

// inflight is how many numbers may be under way: more while they pad, for null batches
// are small, and a replica in recovery waits for hundreds of them.
func (r *PBFT) inflight() SeqNo {
	if r.next < r.padTo {
		return SeqNo(max(r.cfg.MaxInflight, maxPadding))
	}
	return SeqNo(r.cfg.MaxInflight)
}

// maxPadding bounds the null batches under way.
const maxPadding = 64

// gather takes the requests that have no number yet, the oldest first.
func (r *PBFT) gather() (batch []*Request) {
	size, taken := 0, 0
	for _, a := range r.requests.fresh {
		w := r.requests.byClient[a]
		if w == nil || r.requests.given[a] >= w.request.Timestamp || !w.signed && r.doubted(a) {
			taken++
			continue
		}
		if size += len(w.request.Op) + 64; len(batch) > 0 && size > r.cfg.MaxBatchBytes || len(batch) >= r.cfg.MaxBatch {
			break
		}
		r.requests.given[a] = w.request.Timestamp
		batch = append(batch, w.request)
		taken++
	}
	r.requests.fresh = append(r.requests.fresh[:0], r.requests.fresh[taken:]...)
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
