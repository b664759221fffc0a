package pbft

import (
	"encoding/binary"
	"log/slog"
)

// Proactive recovery (chapter 4 of the thesis). A watchdog that the replica's software
// cannot stop restarts the host now and then with its code from read-only memory, and
// with Config.Recover. Then nothing on its disk is believed: not the log, not the
// state. Session keys are new, as after every restart. The signing key and a counter
// are in a secure co-processor (Config.Identity, Config.Counter): an intruder could
// use them, but not take them along.
//
// What the replica said before its recovery it may not know, and may not contradict.
// So it takes no part until nothing of that matters any more: it has a request
// ordered, at number n say, and waits for a stable checkpoint at n + L or above. A
// certificate with one of its old messages is of a number at or below that: for a
// higher one, some correct replica would have had a low mark above n, hence executed
// number n, before the request was made. Old view changes are void as of n, by their
// key epoch (clients.epochs). The state is fetched as far as it differs from what a
// quorum vouches for.
type recovering struct {
	on      bool
	request *Request
	replies []*Reply
	point   SeqNo // to be reached; 0 while unknown
}

func (r *PBFT) recovering() bool { return r.recover.on }

// suspect forgets all that the disk says, but for the bytes of the state, as a hint.
func (r *PBFT) suspect() {
	r.recover = recovering{on: true, replies: make([]*Reply, r.group.n())}
	r.slots, r.prepared, r.seen = map[SeqNo]*slot{}, map[SeqNo]*Prepared{}, map[SeqNo][]*PrePrepared{}
	r.bodies = map[Digest]*body{}
	r.view, r.active, r.newView = 0, true, nil
	r.stable, r.executed = stableCheckpoint{}, 0
	r.env.Note("recovering")
}

// retryRecovery asks for the recovery to be ordered, until it is known where it was.
func (r *PBFT) retryRecovery() {
	if !r.recover.on || r.recover.point > 0 {
		return
	}
	if r.recover.request == nil {
		op := binary.BigEndian.AppendUint64(nil, r.keys.epoch)
		r.recover.request = r.sign(&Request{Client: r.env.Self(), Timestamp: r.stamp(), Kind: Recovery, Op: op, Full: true})
	}
	r.all(r.authorize(r.recover.request))
}

// performRecovery is the recovery request's execution, on all replicas.
func (r *PBFT) performRecovery(n SeqNo, m *Request) []byte {
	id, member := r.group.id(m.Client)
	if !member || len(m.Op) != 8 {
		return nil
	}
	epoch := binary.BigEndian.Uint64(m.Op)
	r.clients.epochs[id] = max(r.clients.epochs[id], epoch)
	if c := r.changes[id]; c != nil && c.Epoch < epoch {
		r.changes[id] = nil
	}
	result := appendSeq(n)
	r.padFor(result)
	return result
}

// padFor has the primary order null batches up to where a recovery ends.
func (r *PBFT) padFor(result []byte) {
	r.padTo = max(r.padTo, r.pointAfter(SeqNo(binary.BigEndian.Uint64(result))))
}

// pointAfter is the first checkpoint at or above n + L.
func (r *PBFT) pointAfter(n SeqNo) SeqNo {
	k := SeqNo(r.cfg.CheckpointInterval)
	return (n + SeqNo(r.cfg.Window) + k - 1) / k * k
}

// onReply learns from f+1 replicas where the recovery stands in the order.
func (r *PBFT) onReply(m *Reply) {
	c := &r.recover
	if !c.on || c.request == nil || c.point > 0 || m.Timestamp != c.request.Timestamp || m.Client != r.env.Self() {
		return
	}
	if !r.group.has(m.Replica) || !m.Whole || len(m.Result) != 8 || resultDigest(m.Result) != m.Digest {
		return
	}
	if !r.keys.verify(r.group.addr(m.Replica), m.Tag, m.content()) {
		return
	}
	c.replies[m.Replica] = m
	same := 0
	for _, other := range c.replies {
		if other != nil && other.Digest == m.Digest {
			same++
		}
	}
	if same >= r.group.weak() {
		c.point = r.pointAfter(SeqNo(binary.BigEndian.Uint64(m.Result)))
		r.env.Note("recovery point", slog.Uint64("seq", uint64(c.point)))
		r.recovered()
	}
}

// recovered ends the recovery once a checkpoint at or above the point is here.
func (r *PBFT) recovered() {
	if !r.recover.on || r.recover.point == 0 || r.low() < r.recover.point {
		return
	}
	r.recover = recovering{}
	r.env.Note("recovered", slog.Uint64("seq", uint64(r.low())))
	if r.newView != nil {
		r.enter(r.newView)
	}
}
