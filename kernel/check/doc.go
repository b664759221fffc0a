// Package check judges what clients saw: given a history of operations (package
// workload), did the system keep its promise?
//
// # Judges
//
//	Linearizable  one legal order that agrees with real time; by Porcupine,
//	              object by object (Herlihy and Wing, TOPLAS 1990)
//	Sequential    one legal order that keeps each client's order (Lamport 1979);
//	              a search over all objects together, for small histories
//	Ordered       the same search with its rules as switches
//	Causal        for each client one legal order of all writes and its own reads
//	              that keeps causality; CausalPlus: one order of all writes
//	              (Ahamad et al. 1995; patterns of Bouajjani et al. 2017)
//	Eventual      once nothing is written any more, all reads agree
//	CommitOrder   the order in which the replicas executed the operations, as
//	              the simulator knows it, checked as a witness in linear time
//	RevisionOrder the same for real processes, whose answers tell the order
//
// An object is described by a Model: a state, and a Step that tells whether an
// answer is right in it. Models are given for a register, one with versions,
// one with store-wide revisions as etcd has, a counter and a list.
//
// # Verdicts
//
// OK, Violation, or Unknown when time ran out. Unknown is never a pass: And
// lets it outweigh an OK. A Violation says why in a few lines: the object, the
// end of the longest order that works, the first answer that fits nowhere.
//
// # Invariants
//
//	I1  An operation of unknown outcome may take effect at any time after its
//	    call, or never. A failed one takes no effect.
//	I2  CommitOrder OK implies Linearizable OK. The converse needs the right
//	    order: the one that Linearizable found will do.
//	I3  What is left out of a search (reads that nobody saw answered, changes
//	    called after the last answer) cannot change its verdict.
//	I4  An interval is closed: operations that meet at one instant overlap.
package check
