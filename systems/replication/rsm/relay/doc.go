// Package relay is a replica that stands in a row: it takes a history of commands
// from the replica before it and passes it on to those behind it. What
// primary-backup and chain replication share, as engines of package rsm.
//
//	          Update (entries, in order)
//	before ───────────────────────────────► behind
//	       ◄─────────────────────────────── Held, Missing
//
//	message  from    to      why
//	Update   before  behind  the entries that come next; without entries, a sign of life
//	Held     behind  before  how far its history goes, durably, and what it knows to be committed
//	Missing  behind  before  its history is not a beginning of the other's, or ends elsewhere
//	Fetch    before  behind  a checkpoint has what it lacks: pull that (package pull)
//
// Who stands where, and which entries are committed, is the engine's affair. It
// numbers its arrangements (views, configurations): an Epoch here.
//
// # Invariants
//
//	I1  An entry leaves a replica only when it is durable there (node.Env.Send), so
//	    what a replica holds is held by all before it in the row, whoever crashes.
//	I2  Entries with the same index and epoch are equal, and so are all before them.
//	    Hence two histories agree as far as their latest common such entry.
//	I3  In an epoch a replica first fits its history to that of the replica before
//	    it: what goes beyond a common beginning is cut off, once. From then on it
//	    only appends, so that no late message can cut what was acknowledged since.
//	    That it fits is durable with the cut.
//	I4  What is committed is never cut, and commit never goes back within an
//	    incarnation.
//	I5  A checkpoint that is pulled is used only when it is durable, and holds only
//	    what is committed.
//
// # Bringing a replica up to date
//
// A Sender begins with a probe at its own end. The answer Missing tells where the
// other's history ends; if that end is in the sender's history, all behind it is
// sent, else all behind what the other knows to be committed, and if those entries
// are gone, a checkpoint. Recruit is a Sender to a replica that does not count yet:
// commands go on without it while it is far behind; once it is near, they wait for
// it, and when it has all that was committed it may count. So each command falls
// before that point or behind it.
//
// After R. van Renesse and F. B. Schneider, "Chain replication for supporting high
// throughput and availability" (2004), section 3: a history passed on along a row,
// and what was sent and is not known to be at its end kept for whoever fails.
package relay
