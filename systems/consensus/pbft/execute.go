package pbft

import (
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"slices"
)

// execute carries out, in the order of their numbers, the batches that are committed
// here, and tentatively the one behind them if it is prepared.
func (r *PBFT) execute() {
	if r.executing || r.recovering() {
		return
	}
	r.executing = true
	for r.executeNext() {
	}
	r.executing = false
	r.startBarrier()
	r.tryTentative()
	if r.active && r.primary() {
		r.propose()
	}
}

// executeNext executes the next batch, if it is committed and its requests are here.
func (r *PBFT) executeNext() bool {
	n := r.executed + 1
	s := r.nextCommitted(n)
	if s == nil || !r.mayPass(n) {
		return false
	}
	b := r.bodies[s.decided]
	if b == nil {
		r.fetchDecided(s)
		return false
	}
	if !r.rollback {
		r.executeBatch(n, b.requests, false)
	}
	r.rollback = false
	r.executed = n
	r.observeExecuted(n, s.decided)
	r.tellOutsiders(n, s.decided)
	r.confirm(b.requests)
	r.answerQueries()
	if uint64(n)%uint64(r.cfg.CheckpointInterval) == 0 {
		r.checkpoint(n)
	}
	return true
}

// nextCommitted returns the slot to execute: that of the next number.
func (r *PBFT) nextCommitted(n SeqNo) *slot {
	s := r.slots[n]
	//parley:rule pbft.execute.in-sequence value=func() *slot { for m := n; m <= r.high(); m++ { if c := r.slots[m]; c != nil && c.committed { return c } }; return nil }()
	next := s
	if next == nil || !next.committed {
		return nil
	}
	return next
}

// mayPass is false at a number whose state would have to be written down while the
// last one still is: no more than one checkpoint is in the making.
func (r *PBFT) mayPass(n SeqNo) bool {
	return !r.checkpointing || uint64(n)%uint64(r.cfg.CheckpointInterval) != 0
}

// executeBatch executes what no client has had executed before, and replies.
func (r *PBFT) executeBatch(n SeqNo, batch []*Request, tentative bool) {
	for _, m := range batch {
		//parley:rule pbft.execute.exactly-once-timestamps force=false
		if r.executedAlready(m) {
			continue
		}
		r.settleOwn(m)
		result := r.perform(n, m)
		r.clients.last[m.Client] = &executed{timestamp: m.Timestamp, result: result, tentative: tentative}
		r.reply(m, result, tentative)
		r.credit(m)
	}
}

// perform executes one request.
func (r *PBFT) perform(n SeqNo, m *Request) []byte {
	switch m.Kind {
	case Recovery:
		return r.performRecovery(n, m)
	case Question:
		return r.service.query(m.Client, m.Op)
	}
	return r.service.execute(m.Client, m.Op)
}

// confirm takes notice that a batch is executed for good.
func (r *PBFT) confirm(batch []*Request) {
	for _, m := range batch {
		if e := r.clients.last[m.Client]; e != nil && e.timestamp == m.Timestamp {
			e.tentative = false
		}
		r.requests.settle(m.Client, r.clients.timestamp(m.Client))
	}
	r.endBarriers()
	r.progress()
}

// tryTentative executes a batch that is prepared and not yet committed, if all before
// it are (§ 4.4 of OSDI): the client then needs 2f+1 equal replies, since a view
// change may still take it back.
func (r *PBFT) tryTentative() {
	n := r.executed + 1
	s := r.slots[n]
	if !r.cfg.Tentative || r.rollback || s == nil || !s.prepared || s.committed || r.recovering() {
		return
	}
	b := r.bodies[s.digest]
	if b == nil || !r.anythingNew(b.requests) {
		return
	}
	r.rollback = true
	//parley:rule pbft.client.matching-replies drop
	r.floor = max(r.floor, n) // taken back or not, no question is answered from before it
	r.executeBatch(n, b.requests, true)
}

// anythingNew tells whether executing a batch does anything. A faulty primary may give a
// number to what is executed already, or to nothing, and have it prepared and never
// committed: nobody would wait for that, and every question for its end.
func (r *PBFT) anythingNew(batch []*Request) bool {
	return slices.ContainsFunc(batch, func(m *Request) bool { return !r.executedAlready(m) })
}

// takeBack undoes what was executed tentatively: the state goes back to the stable
// checkpoint, and what is committed is executed again.
func (r *PBFT) takeBack() {
	if !r.rollback {
		return
	}
	r.env.Note("rolled back", slog.Uint64("seq", uint64(r.executed+1)))
	r.rollback = false
	to := r.executed
	if err := r.install(r.stableState()); err != nil {
		panic("pbft: a checkpoint of our own cannot be restored: " + err.Error())
	}
	for n := r.low() + 1; n <= to; n++ {
		r.redo(n, r.bodies[r.slots[n].decided].requests)
	}
}

// redo executes without replying.
func (r *PBFT) redo(n SeqNo, batch []*Request) {
	for _, m := range batch {
		if !r.executedAlready(m) {
			r.clients.last[m.Client] = &executed{timestamp: m.Timestamp, result: r.perform(n, m)}
		}
	}
}

func resultDigest(result []byte) Digest { return sha256.Sum256(result) }

func appendSeq(n SeqNo) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
