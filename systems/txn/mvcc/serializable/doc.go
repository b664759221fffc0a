// Package serializable is serializable snapshot isolation as a scheme: snapshot
// isolation, and an eye on the reads that missed a write.
//
//	Fekete, Liarokapis, O'Neil, O'Neil, Shasha: Making snapshot isolation
//	serializable, TODS 2005 (the theorem)
//	Cahill, Röhm, Fekete: Serializable isolation for snapshot databases, SIGMOD 2008
//	(the scheme)
//	Ports, Grittner: Serializable snapshot isolation in PostgreSQL, VLDB 2012 (commit
//	order, readers, safe snapshots)
//
// # The theorem
//
// T has a conflict out to U if T read a version and U, beside it, wrote the next: U's
// snapshot does not show T, nor T's U. Every cycle of dependencies that snapshot
// isolation lets through holds a dangerous structure:
//
//	T1 --read, missed--> T2 --read, missed--> T3      T3 commits first of the three
//
// where T1 and T3 may be the same. If T1 only reads, T3 had even committed before T1 took
// its snapshot. Whoever completes such a structure is aborted, whether or not there is a
// cycle: to look for one would cost more than it saves.
//
// # How it is found
//
// Writes are private until they are committed, so a conflict comes to light in one of
// two ways, and each time the writer has committed:
//
//	T reads what U, whom its snapshot does not show, has written    Txn.missed
//	U commits a key that T has read                                  Txn.Certify
//
// What was read, keys and ranges, is remembered as long as somebody runs who ran beside
// the reader: that is what SIREAD locks are for. Of a committed T2 it is enough to know
// the first of its T3 to commit, as later ones make nothing dangerous.
//
// A transaction that promised to read only, and takes its snapshot while nobody else may
// still become T2, has a safe snapshot: nothing of it is remembered, and it is never aborted.
//
// # Guarantee and invariants
//
// Transactions are strictly serializable. The theorem speaks of dependencies other than
// missed reads as of a commit before a snapshot; that one transaction was answered before
// another was called is the same here, so that cycles through real time hold a
// dangerous structure as well.
//
//	C1  Commits are numbered in the order in which they are certified, which is that of
//	    the store's log; a snapshot shows those up to a number.
//	C2  A transaction that committed is T2 of no dangerous structure.
//	C3  Whoever ran beside somebody that runs is remembered.
//
// # Bounds
//
// Options.Kept bounds who is remembered. One more, and the oldest that runs is aborted.
//
// # Not here
//
// Waiting for a safe snapshot (DEFERRABLE); coarser SIREAD locks when there are too many;
// the choice of a victim: it is always the one that acts.
package serializable
