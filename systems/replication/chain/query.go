package chain

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// queries is a replica's reads that wait for the tail's answer, or for the replica
// to execute as far as the answer said; and, at the tail, which rounds of the lease
// confirm which rounds of reads.
type queries struct {
	next    uint64
	waiting []queried
	asked   []confirmation
}

type queried struct {
	id    uint64
	index rsm.Index // 0 until the tail has answered
	done  func(error)
}

// confirmation ties a round of reads to the Renew that was sent for it.
type confirmation struct{ renew, round uint64 }

// Bounds: the oldest, whose answer was probably lost, gives way.
const (
	maxQueries       = 1024
	maxConfirmations = 64
)

// start draws where ids begin, lest an answer to an earlier incarnation fit.
func (q *queries) start(env node.Env) { q.next = env.Rand().Uint64() >> 1 }

// abandon fails what waits: whoever was tail may be so no more.
func (q *queries) abandon() {
	waiting := q.waiting
	q.waiting, q.asked = nil, nil
	for _, w := range waiting {
		w.done(rsm.ErrNoLeader)
	}
}

func (q *queries) confirm(renew, round uint64) {
	if len(q.asked) == maxConfirmations {
		q.asked = append(q.asked[:0], q.asked[1:]...)
	}
	q.asked = append(q.asked, confirmation{renew, round})
}

// confirmed returns the latest round of reads that an answered Renew confirms, 0 if
// none: one that was sent later confirms what was asked before.
func (q *queries) confirmed(renew uint64) (round uint64) {
	n := 0
	for n < len(q.asked) && q.asked[n].renew <= renew {
		round = q.asked[n].round
		n++
	}
	q.asked = q.asked[n:]
	return round
}

// query asks the tail what is committed: its number alone, not the value.
func (r *Replica) query(level rsm.Level, done func(error)) {
	q := &r.queries
	q.next++
	if len(q.waiting) == maxQueries {
		oldest := q.waiting[0]
		q.waiting = append(q.waiting[:0], q.waiting[1:]...)
		oldest.done(rsm.ErrBusy)
	}
	q.waiting = append(q.waiting, queried{id: q.next, done: done})
	// Early: a question promises nothing.
	r.Env.SendEarly(r.now.Tail(), &Query{ID: q.next, Epoch: r.now.Epoch, Lease: level == rsm.Lease})
}

// onQuery answers in the tail's own configuration only.
func (r *Replica) onQuery(from node.Addr, m *Query) {
	if m.Epoch != r.now.Epoch || !r.isTail() {
		return
	}
	level := rsm.Linearizable
	if m.Lease {
		level = rsm.Lease
	}
	r.confirmed(level, func(i rsm.Index, err error) {
		if err == nil {
			// Early: what is committed is on every disk that it needs.
			r.Env.SendEarly(from, &Version{ID: m.ID, Epoch: m.Epoch, Index: i})
		}
	})
}

// onVersion brings the state up to the version that the tail named. It is here: what
// is committed has passed every replica (I1). A recruit may have to wait for it.
func (r *Replica) onVersion(m *Version) {
	if m.Epoch != r.now.Epoch {
		return
	}
	q := &r.queries
	for i := range q.waiting {
		if q.waiting[i].id == m.ID {
			q.waiting[i].index = max(m.Index, 1)
		}
	}
	if r.now.has(r.self) && (r.Leads() || r.Fitted() == r.now.Epoch) {
		//parley:rule craq.read.version-query-to-tail drop
		r.CommitTo(min(m.Index, r.Last()))
	}
}

// release lets go on who waits for what is executed now.
func (q *queries) release(executed rsm.Index) {
	if len(q.waiting) == 0 {
		return
	}
	var ready []queried
	rest := q.waiting[:0]
	for _, w := range q.waiting {
		if w.index > 0 && w.index <= max(executed, 1) {
			ready = append(ready, w)
		} else {
			rest = append(rest, w)
		}
	}
	clear(q.waiting[len(rest):])
	q.waiting = rest
	for _, w := range ready {
		w.done(nil)
	}
}
