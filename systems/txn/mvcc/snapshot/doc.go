// Package snapshot is snapshot isolation as a scheme: a transaction reads the state of
// one moment, and writes at another.
//
//	Berenson, Bernstein, Gray, Melton, O'Neil, O'Neil: A critique of ANSI SQL
//	isolation levels, SIGMOD 1995, section 4.2
//	Fekete, Liarokapis, O'Neil, O'Neil, Shasha: Making snapshot isolation
//	serializable, TODS 2005 (what it lets through)
//
// # Two moments
//
//	start    at its first access a transaction takes a snapshot: what all commits
//	         have left whose records are in the log, or, if it has promised to write
//	         nothing, those that are durable. All its reads come from there, but for
//	         its own writes
//	commit   its writes go to the store, which numbers commits. If one of the keys was
//	         changed by a commit that the snapshot does not show, the transaction is
//	         aborted: the first committer wins
//
// Nobody waits for a reader, and no reader for anybody.
//
// # What it admits
//
// Write skew: two transactions that read both of two items, and each write another, see
// nothing of each other, and both commit. Also its form with predicates, and with a
// reader who sees a state that no order of the writers explains (the read-only
// anomaly). It admits neither dirty reads and writes, nor fuzzy reads, phantoms within a
// transaction, lost updates, read skew and long forks. Package serializable takes
// away what is left, by a Certifier.
//
// # Guarantee and invariants
//
// Snapshot isolation; a snapshot shows every commit that anybody was told of before it was
// taken (strong snapshot isolation).
//
//	S1  Two transactions that wrote the same key, and both committed, did not run
//	    beside each other: one's snapshot shows the other.
//	S2  From the check of its writes to its commit record a transaction has the turn,
//	    so that no commit comes in between.
//	S3  Nobody is told of a commit before what it has read is durable: the record of one
//	    that wrote comes later in the log, one that wrote nothing waits for the log, and
//	    one that promised to write nothing has read only what was durable.
//
// # Not here
//
// The first updater wins: PostgreSQL has the second writer of a key wait for the first,
// where here both go on, and the second is aborted at its end. A snapshot that is kept
// for long may be given up by the store (scheme.ErrTooOld); the transaction is aborted.
package snapshot
