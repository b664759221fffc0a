// Package schedule is the theory of concurrency control as functions: given the
// order in which operations of several transactions ran, which promises did it
// keep?
//
//	s, err := schedule.Parse("r1(x) r2(x) w1(x) w2(x) c1 c2")
//	order, cycle := s.ConflictSerializable()
//
// After C. H. Papadimitriou, "The serializability of concurrent database
// updates", J. ACM 1979, and P. A. Bernstein, V. Hadzilacos and N. Goodman,
// "Concurrency Control and Recovery in Database Systems", 1987, chapters 2 and 3.
//
// # Notation
//
//	r1(x)  transaction 1 reads item x        c1  transaction 1 commits
//	w1(x)  transaction 1 writes item x       a1  transaction 1 aborts
//
// Operations are separated by spaces, commas or semicolons, or by nothing.
// Capitals and square brackets do as well: R1[x]. A transaction has no operation
// after its commit or abort. One that has neither is unfinished: it counts as
// not aborted where equivalence is asked, and as not yet committed where
// recovery is.
//
// # Questions
//
//	ConflictSerializable   equivalent to a serial order by the order of conflicts;
//	                       the precedence graph decides, and names its cycle
//	ViewSerializable       by what each read reads and who writes last; NP-complete,
//	                       so bounded
//	FinalStateSerializable by the final state under all interpretations of the
//	                       writes (Herbrand semantics); bounded as well
//	Recoverable, Cascadeless, Strict, Rigorous   what an abort would drag along
//	TwoPhase               could two-phase locking have let it through, and with
//	                       which lock points?
//
// Equivalence looks at transactions that did not abort, and ignores the others'
// operations, as if undone before anybody looked.
//
// # Invariants
//
// Tests enumerate all interleavings of small transactions and hold that
//
//	I1  strict 2PL < 2PL < conflict < view < final state serializable, each a
//	    proper subset of the next
//	I2  rigorous < strict < cascadeless < recoverable
//	I3  the precedence graph has no cycle exactly if some serial schedule orders
//	    all conflicts alike, exactly if swaps of neighbours that do not conflict
//	    lead to a serial schedule
//	I4  2PL-producible is what a lock manager that releases locks as early or as
//	    late as it likes can produce
//
// # Not here
//
// Several versions of an item (package check/isolation judges them), predicates,
// and the time at which operations ran.
package schedule
