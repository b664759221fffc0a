// Package isolation judges histories of transactions: which isolation did the
// store really give, and if less than it promised, which anomaly shows it?
//
//	j := isolation.Judge(h, isolation.Serializable, isolation.Options{})
//
// After A. Adya, "Weak Consistency: A Generalized Theory and Optimistic
// Implementations for Distributed Transactions", 1999 (the anomalies and their
// names), K. Kingsbury and P. Alvaro, "Elle: Inferring Isolation Anomalies from
// Experimental Observations", VLDB 2021 (lists that tell the order of versions),
// and A. Cerone and A. Gotsman, "Analysing Snapshot Isolation", J. ACM 2018
// (snapshot isolation as a condition on cycles).
//
// # What is recorded
//
// A transaction is a sequence of reads and of writes (registers) or appends
// (lists), with what each read returned, its process, its interval and its
// outcome. Values are unique for each key, so that a read names its write. A
// list tells more: it shows all earlier versions in their order.
//
// # Dependencies
//
//	ww  T installed a version of an item and U the next      T before U
//	wr  U read the version that T installed                  T before U
//	rw  T read a version and U installed the next            T before U
//	    the same, where T's read was of a predicate
//	process   T returned before U was called, at one process
//	realtime  the same at any two
//
// # Anomalies
//
//	G0             a cycle of ww
//	G1a            a read of what an aborted transaction wrote
//	G1b            a read of what was not its writer's last word on the item
//	G1c            a cycle of ww and wr
//	G-single       a cycle with exactly one rw (read skew)
//	lost update    two that read one version of an item and both write it
//	G-nonadjacent  a cycle with several rw, no two of them in a row
//	long fork      the smallest such: two readers see two writes in
//	               different orders
//	G2-item        a cycle with rw in a row, none of a predicate (write skew)
//	G2             the same with some of a predicate (phantoms)
//
// each of the cycles also as -process and -realtime, if it needs such an edge.
// Besides: reads that contradict their own transaction (internal), of what
// nobody wrote (garbage), and lists that are not prefixes of each other.
//
// # Verdicts
//
// A Violation comes with one anomaly as the witness, a cycle being the shortest
// found of the worst class in its component. The version order is not always
// known: of values that nobody read, or registers that are overwritten unseen.
// An OK then means that an order was found with which the level's condition
// holds, which is what the definitions ask for; if the one that was tried fails
// although nothing certain is wrong, the verdict is Unknown.
//
// # Invariants
//
//	I1  Every dependency holds in every serial execution that explains the
//	    history, so a Violation is one.
//	I2  For lists a history is judged Serializable, or strictly so, exactly if
//	    some serial execution explains it; tests compare with a search over all.
//	I3  What a level forbids, a stronger one forbids too.
//	I4  A transaction of unknown outcome counts as committed if somebody saw one
//	    of its writes, and not at all otherwise.
//
// # Not here
//
// Reads of unknown transactions, counters and sets, and start timestamps.
package isolation
