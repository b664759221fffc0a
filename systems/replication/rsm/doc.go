// Package rsm replicates a state machine: what all engines of agreement share.
//
// An Engine (Raft, Multi-Paxos, viewstamped replication, PBFT, primary-backup,
// a chain) gives all replicas one order of commands and knows nothing else. A
// StateMachine executes commands and knows nothing of replication. A Replica
// stands between them:
//
//	  doors on this host   remote Client, Pipeline    other replicas
//	 Propose Read Query      messages (message.go)       Forward
//	        │                       │                    │
//	┌───────▼───────────────────────▼────────────────────▼────────┐
//	│ Replica    gathers commands into batches, finds the leader, │
//	│            submits again what may be lost, bounds what waits│
//	├──────────────┬───────────────────────────────▲──────────────┤
//	│  Engine      │ Submit, Barrier         Apply │ Restore      │
//	│              └──► agreement with the other ──┘              │
//	│                   replicas' engines                         │
//	├─────────────────────────────────────────────────────────────┤
//	│ Sessions   has this command been executed already?          │
//	│ StateMachine                                                │
//	└─────────────────────────────────────────────────────────────┘
//
// After F. B. Schneider, "Implementing fault-tolerant services using the state
// machine approach" (1990); sessions after D. Ongaro's dissertation (2014),
// section 6.3.
//
// # Invariants
//
// I1. All replicas execute the same commands in the same order, and each is a
// deterministic function of the state. Hence equal Applied, equal Digest.
//
// I2. A command with a session and a sequence number is executed at most once,
// however often it is in the log. What decides is the table of sessions, which
// is itself replicated state: consulted when a command is executed, part of
// every snapshot and of the digest. A check at the leader's door would forget
// with the leader, and could not see two copies that are both in the log.
//
// I3. A result is kept until its owner says that it has arrived (Acked), and a
// sequence number at or below Acked is never executed. So a late copy finds
// either the result, or a refusal.
//
// I4. Session ids are never used twice, and nobody but the owner can tell one. A
// command of a session that is not in the table is not executed.
//
// I5. What is in the table depends on the log alone. Sessions expire when the
// table is full, the one used longest ago first, by order in the log and never
// by a clock.
//
// I6. Every Propose and Read ends with exactly one call of done, unless the
// incarnation ends first. An error for which SurelyNot holds is only given
// when no copy of the command was ever handed to the engine or the network, or
// when the one message that it left in was refused for what it says, as every
// copy of that message is.
//
// # Order
//
// Commands of one session that are outstanding together may be executed in any
// order: a lost one is sent again after its followers. Who needs an order waits
// for done before he sends the next.
//
// # Clients
//
// Client is for tasks that make one request after the other. Pipeline keeps
// thousands outstanding: whatever gathers while its messages are under way goes
// with the next one, the leader submits a message's commands as they stand in
// it, and answers once an Apply. Fairness: the queue of others' commands takes
// Commands only while it is less than half full, and a batch in which there was
// no room for the replica's own proposals is followed by one of them.
//
// # Not here
//
// Engines' own messages and logs; the choice of a leader; transactions over
// several groups. Wall-clock time in commands is the state machine's affair:
// it arrives as a part of the command.
package rsm
