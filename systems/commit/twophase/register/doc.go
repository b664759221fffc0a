// Package register keeps the decisions of coordinators in a replicated log, so that
// no transaction waits for one host to come back.
//
// A coordinator by itself is the only one who can decide, and while it is away its
// participants are blocked. Here a decision is a command to a replicated state
// machine (package rsm), and the first one about a transaction holds. So anybody may
// propose: the coordinator proposes commit once all votes are in; another one, a
// deputy, whom a participant in doubt has asked, proposes abort. Whichever comes
// first in the log is the decision, and both act on that. This is the consensus of
// J. Gray and L. Lamport, "Consensus on transaction commit", 2006, on the decision
// alone, with the log of any engine in place of an instance for each vote.
//
//	coordinator ─ commit T? ──►┌──────────────┐
//	                           │ log: first   │──► T is committed, or aborted,
//	deputy ────── abort T? ───►│ one holds    │    for both
//	                           └──────────────┘
//
// # Guarantee
//
// That of package twophase, and: as long as a majority of the replicas, and one
// coordinator, are up and connected, every transaction ends, whoever else is down.
//
//	I1. A transaction has at most one decision in the register, for ever.
//	I2. Of an earlier incarnation of its coordinator no transaction is committed any
//	    more unless it is already: such a request may still be under way when the new
//	    incarnation tells participants that its transactions are over.
//	I3. The state is a function of the commands. Entries go when their coordinator's
//	    mark has passed them: all who had to know do.
//
// # Parallel commit
//
// With Parallel the record is written beside the votes and not after them (staged),
// as CockroachDB does (Taft and others 2020): a transaction that is staged and for
// which all have voted yes is committed, whether anybody knows it or not, and its
// client is told one trip to the log earlier. Who finds a staged transaction asks
// all its participants: if all voted yes it proposes commit, and if one has not
// voted that one refuses, and then it proposes abort. So there is no read-only vote,
// which leaves no trace to find.
//
// # Bounds
//
// An entry is some dozens of bytes for each participant. A coordinator has at most
// Config.MaxActive unfinished transactions; those of one that never comes back
// stay.
package register
