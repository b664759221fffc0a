package pbft

import "github.com/parleysystems/parley/node"

// Observer is told what a replica's predicates have become, for checkers that see all
// replicas at once. It changes nothing.
type Observer interface {
	// Prepared: prepared(d, v, n) holds at this replica.
	Prepared(v View, n SeqNo, d Digest)
	// Executed: the batch of number n is executed, for good.
	Executed(n SeqNo, d Digest)
}

func (r *PBFT) observePrepared(n SeqNo, d Digest) {
	if r.cfg.Observer != nil {
		r.cfg.Observer.Prepared(r.view, n, d)
	}
}

func (r *PBFT) observeExecuted(n SeqNo, d Digest) {
	if r.cfg.Observer != nil {
		r.cfg.Observer.Executed(n, d)
	}
}

// View returns the view that this replica is in, and whether it has begun.
func (r *PBFT) View() (v View, active bool) { return r.view, r.active }

// Marks returns the water marks h and H.
func (r *PBFT) Marks() (low, high SeqNo) { return r.low(), r.high() }

// LastExecuted returns the number up to which everything is executed.
func (r *PBFT) LastExecuted() SeqNo { return r.executed }

// Recovering tells whether a proactive recovery is under way.
func (r *PBFT) Recovering() bool { return r.recovering() }

// LogSize counts what is kept for numbers above the low water mark: slots, prepared
// and pre-prepared batches, bodies, and votes for checkpoints.
func (r *PBFT) LogSize() int {
	n := len(r.slots) + len(r.prepared) + len(r.bodies) + len(r.votes)
	for _, q := range r.seen {
		n += len(q)
	}
	return n
}

// Journal counts the records that a restart would read.
func (r *PBFT) Journal() int { return int(r.journal.stream.Next() - r.journal.stream.First()) }

// Idle tells whether nothing waits here to be executed, or fetched.
func (r *PBFT) Idle() bool {
	return r.requests.oldest() == nil && r.ahead == nil && r.own.request == nil && !r.rollback
}

// Doubted tells whether this replica, as a primary, orders nothing of a client but what
// it has signed.
func (r *PBFT) Doubted(client node.Addr) bool { return r.doubted(client) }
