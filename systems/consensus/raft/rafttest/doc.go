// Package rafttest is the harness and the experiments of package raft.
//
// # Harness
//
//	Cluster   replicas of a Ledger in a simulated world: cluster.go, machine.go
//	Oracle    sees all servers at once and keeps the properties of the Raft
//	          paper's Figure 3 after every event: oracle.go
//	Notes     what servers say of themselves: campaigns, elections, split votes,
//	          and that nobody speaks in a lower term than before: notes.go
//	Clients   a population of clients at the replicas, or, Remote, on hosts of
//	          their own; what they see is a history: client.go, remote.go
//	Plan      faults of the simulator, and an administrator's changes: plan.go
//	trial     one run: load, faults, healing, agreement, judgement: trial.go
//	stage     a script, move by move, for the paper's figures: stage.go
//
// # Experiments
//
// Linearizable draws everything by seed and looks for anything. It finds most
// defects within some dozens of seeds, but not those that need a rare moment;
// for these there are aims, whose knobs and faults go for one weak point:
//
//	votes           a second vote in one term
//	membership      two majorities during a change
//	leases          two leaders that both think they may answer reads
//	stale-reads     a leader that does not know that it is one no longer
//	exactly-once    a command that its client sent again
//	snapshots       a follower that missed more than the leader remembers
//	deaf-leader     a leader that is heard and hears nobody
//	elections       how long a group is without a leader
//	committed-entry what a majority has stored, and who may be elected then
//	all-or-nothing  a leader that crashes at every step of an operation
//	failures        how many of 2f+1 servers may fail
//	determinism     a command that depends on where it is executed
//	commit-latency  what a slow minority costs
//	log-repair      Figure 7: logs that differ in every way
//	figure-8        Figure 8: an old entry on a majority that is not committed
//
// And small is a group that stands still until a search chooses its next move:
// with a rule taken out, what it finds shrinks to the paper's own figures.
//
// In every one of them all is mended in the end, and then the group has to
// agree on one leader and one state: a cluster that does not recover from
// faults that are over is broken, too.
//
// Run them with `parley check raft`; `make knockout` takes the rules out of
// package raft one by one and expects one of these experiments to fail.
package rafttest
