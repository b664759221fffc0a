// Package owners runs the owners of rows that systems/txn/divided describes, each in a
// goroutine of its own, so that each has a processor if there are as many.
//
//	         ring: execute, commit, undo; votes, wounds
//	loop 0  ────────────────────────────────────►  loop 1
//	owner   ◄────────────────────────────────────  owner
//	scheme, store                                  scheme, store
//
// A loop takes what the others have sent, and begins transactions while few of its own are
// under way, over and over. One that finds nothing to do looks again for some microseconds,
// about as long as an answer takes, and then sleeps until somebody sends something.
//
// # Invariants
//
//	O1  An owner, its scheme and its store are touched by its loop's goroutine alone.
//	O2  A ring has one sender and one receiver, and room for all that can be under way:
//	    of every transaction what asks for its part, of the one before it the decision, and
//	    of every one of the other side a vote and a wound, and of the one before that a
//	    wound. They are taken in their order, so that there is nothing left from before that.
//	O3  Who is about to sleep says so first and looks again then; who sends shows first
//	    what it has sent and looks then who sleeps. So one of them sees the other.
package owners
