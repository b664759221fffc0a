// Package rounds is how a leader proves that it still leads, and how reads wait
// for that proof: what leader-based engines of package rsm share.
//
// The leader numbers its heartbeats. Everything that it sends carries the number
// of the latest round, and every answer repeats it. What a quorum has answered
// for round n was sent after round n began, and none of that quorum had moved on
// to a later leadership when it arrived. So a read that came before round n began
// sees, once n is proven, everything that was committed before it came.
//
// On other replicas a read asks the leader for an index (Ask, Answer) and waits
// until the replica has applied that far.
//
//	I1  A read is released only after a round that began after the read came.
//	I2  Its index is the leader's commit index at that time or later, and of a
//	    leader that knew by then what earlier ones had committed.
//
// After D. Ongaro's dissertation (2014), section 6.4; the same reasoning stands
// in B. Liskov and J. Cowling, "Viewstamped replication revisited" (2012), §6.
package rounds
