// Package divided divides the rows of a database among owners, each of which has a scheme
// of concurrency control to itself, as if there were no others, and commits transactions
// across them in two phases. So two processors work on rows that no two of them share.
//
//	Stonebraker et al.: The end of an architectural era, VLDB 2007 (H-Store: rows
//	divided among single-threaded owners, one-shot transactions)
//	Gray: Notes on data base operating systems, 1978, section 5.8 (two-phase commit)
//	Mohan, Lindsay, Obermarck: Transaction management in R*, TODS 1986
//	Samaras, Britton, Citron, Mohan: Two-phase commit optimizations and tradeoffs,
//	ICDE 1993 (last agent)
//
// # Terms
//
//	transaction  one-shot: which rows it touches, and how, is known when it begins
//	part         of a transaction: its accesses to the rows of one owner
//	branch       a transaction under the owner's scheme that does a part
//	coordinator  the owner where a transaction begins; any may be
//
// # Messages
//
//	execute   coordinator to owner   do your part, and vote
//	vote      owner to coordinator   the part is done and can be committed, or cannot
//	decide    coordinator to owner   commit, or undo: to those who voted yes
//	wound     owner to coordinator   somebody older waits for your transaction, which has
//	                                 voted yes here and is undecided
//
// The coordinator's own part comes last: when all others have voted yes it executes and
// commits that in one step, and with it the whole transaction. So between vote and decision
// rows are kept from others for one way back and one way out, and its own not at all.
//
// Messages may overtake each other. None is lost: owners are of one process, and what
// they have is in memory, so that they fail together and forget all. What is to survive
// owners that fail one by one is systems/consensus/twophase.
//
// If the coordinator's own part meets rows which a branch keeps that waits for its decision,
// it is undone, and tried again when some decision is there, a few times, while the
// transaction's other parts keep theirs (Options.Again). Two transactions may wait so for
// each other, each at its coordinator, or more of them in a circle. In every circle somebody
// waits for a younger one, which is wounded: it may go on, but wait no longer (wound-wait:
// Rosenkrantz, Stearns, Lewis: System level concurrency control for distributed database
// systems, TODS 1978).
//
// # Why the whole is serializable
//
// An owner's scheme orders the parts that it commits. That is not enough: of two
// transactions one owner may put the first in front, and another the second. So each
// scheme has an order that all owners keep without a word about it:
//
//	2pl-no-wait  locks are kept from the access to the decision. At the instant of
//	             the decision, when the coordinator commits its own part, a
//	             transaction has all its locks everywhere. The order is that of these
//	             instants.
//	occ          from its vote to the decision nobody is validated who writes what
//	             the transaction has read, or touches what it writes. At the
//	             instant of the decision all that it read is what it would read now,
//	             everywhere. The order is that of these instants.
//	mvto         the order is that of the timestamps. Each is one number for all owners:
//	             a count, and below it the coordinator's number, so that no two are alike.
//
// The first two are strict: who begins after another was told of its commit comes after it.
// Under mvto an owner who has not heard of a count for long may give a lesser
// timestamp to who begins later, and with it an older state. Counts travel with the
// messages (Lamport), so that they stay close.
//
// # Invariants
//
//	D1  A transaction is committed at its coordinator exactly if all parts elsewhere
//	    voted yes, and then at all of them.
//	D2  A part that voted yes commits or is undone when the decision comes, and not before.
//	D3  A decision goes to who has voted yes and to nobody else, once.
//	D4  A Part is the coordinator's, but for the time from execute to vote, when it is the
//	    other owner's. A branch, which is what an owner knows of a part, is always that
//	    owner's; to others it is a name.
//	D5  Nobody waits who is wounded, and who waits has wounded all that is undecided there
//	    and younger by timestamp.
//
// # Progress
//
// Locks are not waited for, nor does anybody's part wait but the coordinator's: votes come.
// By D5 there is no circle of waiting for decisions. Under mvto the younger wait for the
// older, at all owners alike. Who is aborted is told so, and may begin again.
//
// # Not here
//
// Transactions that see one row before they know the next: they would need a round of
// messages for each step. Schemes in which locks are waited for: a circle across owners
// would not be seen.
package divided
