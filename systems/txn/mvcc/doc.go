// Package mvcc is multi-version timestamp ordering as a scheme: every object keeps
// several versions, and a transaction reads those of its own time.
//
//	Reed: Naming and synchronization in a decentralized computer system, PhD
//	thesis, MIT 1978
//	Bernstein, Goodman: Multiversion concurrency control, TODS 1983, section 4
//	Weikum, Vossen: Transactional Information Systems, 2002, section 5.5
//
// # Terms
//
//	TS(T)     the timestamp of a transaction, unique, drawn when it begins
//	WriteTS   of a version: the timestamp of who wrote it
//	ReadTS    of a version: the largest timestamp of those who read it
//
// A version is pending until its writer has told the store of its commit.
//
// # Rules
//
//	read    T gets the version with the largest WriteTS not above TS(T), and raises
//	        its ReadTS to TS(T). If it is pending, T waits for its writer, who is
//	        older: reads are never refused.
//	write   of the version that T would read, ReadTS must not be above TS(T): if it
//	        is, somebody younger has read what T would have overwritten, and T is
//	        aborted. If not, there is a new version with WriteTS = ReadTS = TS(T).
//	commit  the newest version of an object that is committed goes to the store; one
//	        that a newer one has overtaken need not.
//
// Keys that are not there have a version that says so, and a range that was scanned
// counts as a read of every key in it, so that phantoms cannot happen.
//
// # Guarantee and invariants
//
// Transactions are strictly serializable in the order of their timestamps: all that a
// transaction does, it does at its beginning.
//
//	M1  The versions of an object are ordered by WriteTS, which are unique, and
//	    ReadTS is never below WriteTS and never falls.
//	M2  Between the WriteTS and the ReadTS of a version no other comes into being.
//	M3  Waiting goes from the younger to the older, so that nobody waits in a circle.
//	M4  Whoever read from N, or wrote over it, commits after N has told the store of
//	    its commit (S2), and the store's changes come one transaction after the
//	    other (S1).
//	M5  A version that no transaction can read any more is dropped: those that one
//	    committed version supersedes for all who run. An object of which the
//	    store's state is enough is forgotten.
//
// # Bounds
//
// Options.Memory bounds the versions. Who would need more has the oldest transaction
// aborted, whose versions are what they are kept for.
//
// # Not here
//
// Fairness: a transaction that writes late what others have read is aborted, however
// often. Versions are in memory, and only the newest is in the store: after a
// restart nobody runs who could read another.
package mvcc
