// Package occ is optimistic concurrency control as a scheme: transactions lock
// nothing, and are checked when they want to commit.
//
//	Kung, Robinson: On optimistic methods for concurrency control, TODS 1981
//
// # Phases
//
//	modify    reads what is in the store and notes it; writes go to private copies
//	validate  is what was read still what it would read now? In one step.
//	commit    the copies go to the store, one after the other; others may look on
//
// # Validation (section 4)
//
// T may commit if for every transaction N that was validated before it
//
//	A  N's commit phase had ended before T began, or
//	B  N's commit phase has ended, and N's writes miss T's reads, or
//	C  N's commit phase goes on, and N's writes miss T's reads and T's writes
//
// What T reads are keys, there or not, and the ranges that it scanned, so that
// phantoms cannot happen. Serial validation (Options.Serial) lets T wait until no
// commit phase goes on, so that C is not needed; parallel validation does not wait.
//
// Who takes part in a transaction over several stores (scheme.Voter) is validated when it
// votes, and commits when all have. In between C goes both ways: of T no write may meet
// what N has read, either, since at another store N may be the later one.
//
// # Guarantee and invariants
//
// Transactions are strictly serializable, in the order of their validations.
//
//	V1  Whoever read from N, or wrote over it, is validated after N has told the
//	    store of its commit (S2): C sends the others away.
//	V2  Of an item that a commit phase has changed no other changes anything (S1).
//	V3  The write sets that a running transaction may have to be compared with are
//	    kept; when there are too many, the oldest transactions are aborted.
//
// During its modify phase a transaction may see some of N's writes and not others.
// It cannot commit then, but a program has to bear with it.
//
// # Not here
//
// The fairness of section 5, where who failed too often runs alone: under contention
// a long transaction may be tried again for ever.
package occ
