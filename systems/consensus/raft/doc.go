// Package raft is the Raft consensus algorithm as an engine of package rsm: a
// few servers keep one log of commands, go on as long as a majority of them
// works, and lose nothing that was committed.
//
// After D. Ongaro and J. Ousterhout, "In search of an understandable consensus
// algorithm (extended version)", 2014 (cited as §5.3), and D. Ongaro,
// "Consensus: bridging theory and practice", dissertation, Stanford 2014.
//
// # Faults
//
// Servers crash, lose what was not durable, and come back; messages are lost,
// delayed, duplicated and reordered; the network splits. No lie is told, and a
// disk keeps what it said was durable: a server whose disk was exchanged must
// join as a new member (it notices and stops, if the leader remembers what it
// had acknowledged). Safety needs no clock, with one exception: lease reads
// need oscillators whose rates differ by no more than Config.ClockDrift.
//
// # Guarantee
//
// What was committed stays in the log of every later leader, at its place, so
// all servers execute the same commands in the same order. With a majority up
// and messages arriving within the election timeout, commands get committed.
//
// # Where to read
//
//	message.go                       the messages, field by field
//	state.go log.go                  what is persistent, and the log (Figure 2)
//	role.go election.go              terms, roles, votes (§5.1, §5.2, §5.4.1)
//	leader.go replicate.go           the leader's side (§5.3)
//	append.go                        the follower's side (§5.3)
//	commit.go                        what is committed (§5.4.2)
//	progress.go                      how fast a follower is sent to
//	rounds.go read.go lease.go       reads without log entries (§8)
//	snapshot.go sendsnapshot.go      log compaction (§7)
//	configuration.go reconfigure.go  changes of membership (§6)
//	transfer.go                      handing leadership on (dissertation §3.10)
//
// # Messages
//
//	message               from       to         why
//	RequestVote           candidate  voters     to be elected; with Pre, to learn whether it would be
//	RequestVoteReply      voter      candidate  the vote, after it is durable
//	AppendEntries         leader     everybody  entries; empty, a heartbeat: who leads, how far is committed
//	AppendEntriesReply    follower   leader     how far the logs agree, after that is durable
//	InstallSnapshot       leader     laggard    a piece of the state, in place of entries that were dropped
//	InstallSnapshotReply  laggard    leader     which piece next, or that all is durable
//	TimeoutNow            leader     voter      to campaign at once
//	ReadIndex             follower   leader     how far must I have applied for a fresh read?
//	ReadIndexReply        leader     follower   that far, once a round has proved that I lead
//
// Commands travel to the leader in messages of package rsm.
//
// # Invariants
//
// I1. A server's term never goes back, and it gives one vote in a term: both
// are durable before anything that depends on them leaves.
//
// I2. A term has one leader at most, for two majorities share a voter (§5.2).
//
// I3. A leader only appends to its log (§5.3).
//
// I4. Two logs that have an entry of equal index and term are equal up to it:
// the consistency check carries that from entry to entry (§5.3).
//
// I5. A committed entry is in the log of every leader of a later term: a
// majority has it, and does not vote for a log less up to date; only entries of
// the leader's own term are committed by counting (§5.4).
//
// I6. The commit index of a server never goes back within an incarnation, and
// nothing at or before it is truncated. Applied follows committed, in order.
//
// I7. What a server has acknowledged was durable on it. The leader's own copy
// counts only when it is, too: it sends early, ahead of its disk.
//
// I8. While a configuration is joint, elections and commitment need majorities
// of both sets; C-new enters the log only once C-old,new is committed (§6).
//
// I9. A linearizable read is answered from a state that reflects the commit
// index which the leader had when the read came, after proof that it led then.
//
// # Departures from the paper
//
// PreVote and CheckQuorum (dissertation §9.6, §6.2) are on by default. Voters
// ignore candidates within the minimal timeout of hearing from a leader, as §6
// suggests; leases rest on that, so it also holds after a restart, for what was
// heard before is not remembered.
//
// New voters are learners first, and the switch to a joint configuration is
// made by the leader once they have caught up; a learner can also be a member
// for good. Servers that leave are sent the configuration that excludes them,
// so that they know; one that is excluded by an uncommitted entry may still
// run, for it may hold an entry that the others need (dissertation §4.2.2).
//
// A rejected AppendEntries is answered with an index and term at which the logs
// may agree, which skips whole terms at either end. Messages to a follower are
// pipelined within a window once the logs are known to agree.
//
// The leader sends entries and commit indexes ahead of its own disk
// (node.Env.SendEarly), and then counts itself when node.Env.Durable says so:
// writing the disks one after the other would double the latency (dissertation
// §10.2.1).
//
// # Not here
//
// A check that a new, empty server is not an old one with an exchanged disk,
// beyond the one above. Single-server membership changes: joint consensus does
// what they do. Batching of commands and sessions of clients are package rsm's.
package raft
