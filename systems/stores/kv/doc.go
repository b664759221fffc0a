// Package kv is a multi-version key-value store with the data model of etcd v3,
// as a state machine that an engine replicates (rsm.StateMachine): revisions,
// ranges, transactions, leases, watches, compaction.
//
// Model: the etcd v3 API reference (etcdserverpb/rpc.proto). The store knows
// nothing of that API's encoding; serve/etcd speaks it.
//
// # The shape of it
//
//	    Apply(command)                      Query(question)
//	          |                                   |
//	put  txn  delete  lease  compact  alarm     Range, Txn (read-only), Pin, ...
//	          |                                   |
//	 +--------v-----------------------------------v--------+
//	 | state   live      key -> its newest version         |   persistent
//	 |         history   (key, newest first) -> version    |   trees: a
//	 |         leases    ID -> TTL, generation             |   Capture is
//	 |         alarms, revision, compacted, swept          |   O(1)
//	 +-----------------------------------------------------+
//	 | told from it:  changes   every version in order     |
//	 |                attached  (lease, key)               |
//	 |                hub       who watches what           |
//	 +-----------------------------------------------------+
//
// A version (version.go) is immutable bytes in an arena (arena.go); the trees
// (tree.go) hold numbers that say where. So a store of a million keys is some
// ten thousand objects, and hardly anything for the garbage collector to do.
//
// Putting a key makes a version, moves the one before it from live to history,
// and appends to the list of changes, from which watches read the past. A
// deletion is a version without a value that goes to the history at once. What
// a compaction sets free is given back bit by bit: first the versions
// (compact.go), then the memory that they leave holes in (clean.go).
//
// # Revisions
//
// The store counts commands that change keys, from 1 for the empty store. All
// that one command changes shares a revision and is numbered within it. A read
// at a revision sees of each key the newest version that is not newer. A read
// before the compacted revision is refused; one of the future too.
//
// # Time
//
// A state machine has no clock. A lease is granted, renewed and ended by
// commands. The index of the grant, or of the latest renewal, is the lease's
// generation; the leading host, when its oscillator says that a lease ran out
// (Expiry, which its Steward asks), proposes LeaseExpire with the generation that
// it had seen, and a renewal that reached the log before makes that void; so does
// another lease that got the same ID meanwhile. A new leader starts all leases
// with their full time. So a lease ends late rather than early.
//
// # Invariants
//
//	I1  A key is in live exactly if it exists. History holds, beside superseded
//	    versions, one version for each deletion.
//	I2  A key changes at most once in a revision; Txn.overlaps refuses the rest.
//	I3  A version never changes. What was captured, answered or delivered stays
//	    as it was.
//	I4  Nothing that a read at or after the compacted revision sees is dropped.
//	    How much else is still there (swept) is part of the state.
//	I5  A refused command changes nothing. A transaction is checked as a whole
//	    before its first change.
//	I6  LeaseExpire ends a lease only if its generation is the one that ran out.
//	I7  A watcher gets every event of its interval once, in order, all events of
//	    a revision together, or it is told that it cannot (Batch.Compacted).
//	I8  What is kept for a watcher does not grow with what it has not read.
//
// # Departures from etcd
//
// Expiry and renewal go through the log; etcd's leader keeps both to itself and
// may revoke a lease that was just renewed. A transaction that might put and
// delete one key is always refused; etcd overlooks deletions without an upper
// end, and one order of two nested transactions.
// Values of equal sort keys stay in the order of their keys, and a limit always
// counts sorted values. HashKV hashes other
// bytes than etcd's, so it compares hosts of one kind only.
//
// Not implemented: authentication.
package kv
