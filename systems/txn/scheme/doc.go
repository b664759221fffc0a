// Package scheme is the seam between storage and concurrency control: a scheme
// (two-phase locking, optimistic, multi-version, ...) isolates transactions
// over a store that makes them atomic and durable. Either side is exchanged
// without the other's knowledge.
//
//	program      Begin  Get  Scan  Put  Delete  Commit  Abort
//	                |                 Scheme, Txn, Cursor
//	scheme       locks, read sets, timestamps, validation
//	                |                 Store, Unit, Snapshot
//	storage      systems/txn/engine: B+tree, buffer pool, log, ARIES
//
// # Waiting
//
// Everything here runs single-owner: one call after the other, no goroutines,
// no locks. What cannot go on now returns a *Ticket as its error, and has
// changed nothing that the caller could see. The caller calls again, with the
// same arguments, once the ticket has fired. In the simulator a task awaits the
// ticket (Await does); live, a shell that holds the owner's latch lets go of it
// and blocks a goroutine.
//
//	v, found, err := tx.Get(key)
//	for wait, ok := scheme.Waiting(err); ok; wait, ok = scheme.Waiting(err) {
//		scheme.Await(task, wait)
//		v, found, err = tx.Get(key)
//	}
//
// A ticket says "try again", never "granted": it may fire for less than the
// caller needs. A transaction has at most one ticket at a time. A caller that
// gives up waiting calls Abort, which takes it out of the queue.
//
// # Ends
//
// A transaction ends by a Commit that returned nil, or by an Abort that
// returned nil. Commit first returns a ticket in most cases: the commit record
// is in the log, and the ticket fires once it is durable. From its first call
// on, no other method but Commit may be called. When an operation or Commit
// returns an *Abort, the scheme has decided against the transaction; the
// caller still calls Abort, which undoes what it did and may have to wait
// for that, and may then Begin again.
//
// # Who may read in parallel
//
// A live shell gives the owner's latch to many readers at once. Of all methods
// only those of a Snapshot may be called then: they change nothing. Whatever
// else a scheme wants to serve that way stands on Snapshots.
//
// # Duties of a scheme
//
//	S1  Of an item that a unit has changed and that is not at an end, no other
//	    unit changes anything: the store undoes by key, as ARIES does.
//	S2  No transaction is told that it has committed before the commit of every
//	    transaction that it read from, or wrote over, is durable. Commit
//	    records become durable in the order of the calls of Unit.Commit, so that
//	    an order of commits that agrees with the order of reads is enough; a
//	    transaction that has only read asks Store.Force.
//	S3  Locks are kept until Commit or Abort has returned nil, or S2 is argued.
package scheme
