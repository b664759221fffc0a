package rsm

import "slices"

// outbox gathers commands into batches and bounds how many batches are on their
// way. While that many are, further commands gather, so batches grow by
// themselves as load does.
type outbox struct {
	ticking bool

	// queue is batches of other replicas' and remote clients' items, for this
	// replica to submit; only a leader has any. Each but the last is as large
	// as it gets, and queued is the length of all.
	queue  deque[[]byte]
	queued int
	// ownNext: the latest batch was so full of others' items that none of this
	// replica's own went with them, so it is their turn.
	ownNext bool
	// held is a batch that the engine was too busy to take.
	held []byte

	submitted []Index  // places of our own batches that are not applied yet
	forwarded []uint64 // last sequence number of each batch with the leader
}

// maxQueueBatches bounds the queue; what does not fit is dropped or refused,
// and comes again.
const maxQueueBatches = 64

// reset forgets what is on its way: it may be lost.
func (b *outbox) reset() {
	b.queue.drop(b.queue.len())
	b.queued, b.held, b.ownNext = 0, nil, false
	b.submitted, b.forwarded = b.submitted[:0], b.forwarded[:0]
}

func (b *outbox) waiting() bool { return b.queue.len()+len(b.held) > 0 }

func (b *outbox) inFlight() int { return len(b.submitted) + len(b.forwarded) }

// landed takes notice of what was applied.
func (b *outbox) landed(applied Index, acked uint64) {
	n := 0
	for n < len(b.submitted) && b.submitted[n] <= applied {
		n++
	}
	b.submitted = append(b.submitted[:0], b.submitted[n:]...)
	for n = 0; n < len(b.forwarded) && b.forwarded[n] <= acked; n++ {
	}
	b.forwarded = append(b.forwarded[:0], b.forwarded[n:]...)
}

// flush hands on what is waiting, as far as the pipeline has room.
func (r *Replica) flush() {
	for r.applies == 0 && r.leader != "" && r.roomForBatch() {
		batch := r.outbox.held
		r.outbox.held = nil
		if batch == nil {
			batch = r.gather()
		}
		if len(batch) == 0 || !r.hand(batch) {
			return
		}
	}
}

// roomForBatch tells whether a batch of what waits may set out now.
func (r *Replica) roomForBatch() bool {
	n := r.outbox.inFlight()
	if n == 0 || n >= r.cfg.Pipeline || !r.Leading() {
		return n < r.cfg.Pipeline
	}
	enough := r.cfg.Worthwhile
	return r.outbox.queued+len(r.outbox.held) >= enough || r.own.pendingBytes(enough) >= enough
}

// gather makes the next batch: others' items first, they have come farther, but
// never so that a replica's own would wait for ever.
func (r *Replica) gather() []byte {
	if r.outbox.ownNext {
		r.outbox.ownNext = false
		if batch := r.gatherOwn(nil); batch != nil {
			return batch
		}
	}
	batch := r.gatherOwn(r.outbox.shift())
	r.outbox.ownNext = len(batch) >= r.cfg.MaxBatchBytes
	return batch
}

// gatherOwn adds this replica's own proposals to a batch that has room.
func (r *Replica) gatherOwn(batch []byte) []byte {
	if r.own.id == 0 {
		return r.gatherOpen(batch)
	}
	for len(batch) < r.cfg.MaxBatchBytes {
		seq, p := r.own.next()
		if p == nil {
			break
		}
		if batch == nil {
			batch = make([]byte, 0, min(r.own.pendingBytes(r.cfg.MaxBatchBytes), r.cfg.MaxBatchBytes)+len(p.body)+itemOverhead)
		}
		batch = appendItem(batch, item{session: r.own.id, seq: seq, acked: r.own.acked(), body: p.body})
		//parley:rule raft.client.redirect-and-retry drop
		p.left = true
		r.own.sent++
	}
	return batch
}

// gatherOpen asks for this incarnation's session, which all its proposals need.
func (r *Replica) gatherOpen(batch []byte) []byte {
	if r.own.asked || r.own.proposals.len() == 0 {
		return batch
	}
	r.own.asked = true
	return appendItem(batch, opening(r.own.nonce, r.cfg.MaxSessions))
}

// pendingBytes estimates how long a batch of all that waits would be, up to
// limit.
func (o *ownSession) pendingBytes(limit int) int {
	n := 0
	for _, p := range o.proposals.all()[o.sent:] {
		if n += len(p.body) + itemOverhead/2; n >= limit {
			break
		}
	}
	return n
}

// hand gives a batch to the leader: this replica's engine, or another replica.
// It reports whether there is reason to go on.
func (r *Replica) hand(batch []byte) bool {
	r.own.lastSend = r.env.Elapsed()
	if !r.Leading() {
		// Early: what is forwarded promises nothing that the disk would have
		// to keep. It becomes a fact only by its place in the leader's log.
		r.env.SendEarly(r.leader, &Forward{Batch: batch})
		r.outbox.forwarded = append(r.outbox.forwarded, r.own.base+uint64(r.own.sent)-1)
		return true
	}
	index, err := r.engine.Submit(batch)
	if err != nil {
		r.outbox.held = batch // until the pipeline moves, or the leader changes
		return false
	}
	r.outbox.submitted = append(r.outbox.submitted, index)
	return true
}

// enqueue takes items of others for submission, and reports whether there was
// room. Nobody changes items any more.
func (r *Replica) enqueue(items []byte) bool {
	if !r.outbox.room(len(items), r.cfg) {
		return false
	}
	if len(items) > 0 {
		r.outbox.push(items, r.cfg.MaxBatchBytes)
		r.armTick()
	}
	return true
}

// room tells whether n bytes of items fit into the queue.
func (b *outbox) room(n int, cfg Config) bool {
	return b.queued == 0 || b.queued+n <= maxQueueBatches*cfg.MaxBatchBytes
}

// push adds items to the last batch if that does not become too large.
func (b *outbox) push(items []byte, limit int) {
	b.queued += len(items)
	if n := b.queue.len(); n > 0 {
		if last := b.queue.at(n - 1); len(*last)+len(items) <= limit {
			*last = append(*last, items...)
			return
		}
	}
	b.queue.push(slices.Clip(items))
}

// shift takes the first batch, nil if there is none.
func (b *outbox) shift() []byte {
	if b.queue.len() == 0 {
		return nil
	}
	batch := *b.queue.at(0)
	b.queue.drop(1)
	b.queued -= len(batch)
	return batch
}

// onForward takes another replica's batch. Whoever does not lead drops it, and
// so does whoever has no room: the sender forwards it again.
func (r *Replica) onForward(m *Forward) {
	if !r.Leading() || wellFormed(m.Batch) != nil {
		return
	}
	r.enqueue(m.Batch)
	r.flush()
}
