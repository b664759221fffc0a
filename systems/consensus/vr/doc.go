// Package vr is viewstamped replication as an engine of package rsm: a primary
// orders operations, its backups take over from one another in turn, and what a
// majority has is never lost.
//
// After B. Liskov and J. Cowling, "Viewstamped replication revisited", MIT 2012
// (cited as §4.2). The protocol is that of B. Oki and B. Liskov, 1988.
//
// # Faults
//
// Replicas crash and come back; messages are lost, delayed, duplicated and
// reordered; the network splits. No lie is told. With 2f+1 replicas, f may be
// down at a time. By default the log is durable before it is acknowledged, under
// the kernel's output rule: a replica that restarts has what it said it has, and
// all may crash together. With Config.Volatile the log is in memory alone, as in
// the paper, and a replica that restarts recovers from the others; then no more
// than f may be without their log at once. Safety needs no clock, with one
// exception: lease reads need oscillators whose rates differ by no more than
// Config.ClockDrift.
//
// # Guarantee
//
// What was committed stays at its op-number in the log of every later view, so all
// replicas execute the same operations in the same order. With a majority up and
// messages arriving within the view timeout, requests get committed.
//
// # Where to read
//
//	message.go                    the messages, field by field
//	view.go configuration.go      views, epochs, and whose turn it is
//	state.go log.go               what is durable, and the log
//	primary.go commit.go backup.go  the normal case (§4.1)
//	viewchange.go                 the change of view (§4.2)
//	recovery.go                   getting a lost log back (§4.3)
//	statetransfer.go checkpoint.go  (§5.1, §5.2)
//	read.go                       reads at the primary (§6.3)
//	reconfigure.go                epochs (§7)
//	transfer.go                   handing the primacy on
//
// # Messages
//
//	message           from        to           why
//	Prepare           primary     backups      operations, in order; learners, too
//	PrepareOK         backup      primary      how far its log goes; answers Prepare and Commit
//	Commit            primary     backups      what is committed; that it lives
//	StartViewChange   replica     all          it has left all earlier views
//	DoViewChange      replica     new primary  what log it has, when f others have left, too
//	StartView         new primary backups      the view has begun
//	GetState          laggard     any replica  the entries from here on
//	NewState          replica     laggard      the entries, or that a checkpoint has their effect
//	Recovery          replica     all          its log is lost
//	RecoveryResponse  replica     recovering   which view it is in
//	StartEpoch        old group   new group    an epoch has begun
//	EpochStarted      new group   replaced     nothing more is needed of them
//
// Checkpoints travel in messages of package pull, reads in those of package
// rounds, requests in those of package rsm.
//
// # Invariants
//
// I1. A replica's view never goes back, and is durable before anything is said in
// it.
//
// I2. Two replicas that are normal in one view have logs of which one begins with
// the other: it is the primary's.
//
// I3. A primary gives an op-number once in a view. One that restarts does not know
// what it gave, so it goes on in a later view only.
//
// I4. A view begins with the log that, among f+1 replicas that left the earlier
// views, is of the latest view, and the longest of those. A committed operation is
// on f+1, hence with one of them.
//
// I5. A log that belongs to earlier views is exchanged at one stroke, in memory and
// on disk. The paper cuts it back to what is committed and then asks for the rest
// (§5.2); a replica that reports the shortened log in a view change can then lose
// what was committed with its help.
//
// I6. An epoch ends with the commitment of its one Reconfiguration: no operation
// stands behind that in the epoch. Learners count for nothing: not for a commit, a
// view change, a recovery or a lease.
//
// I7. The commit-number never goes back within an incarnation, and nothing at or
// before it is exchanged.
//
// # Departures from the paper
//
// The client table is package rsm's sessions. DoViewChange and StartView carry no
// log: who needs one fetches what it lacks by state transfer, from the replica
// whose log was chosen, or from the primary. Entries remember the view in which
// they got their op-number; equal views at equal op-numbers mean equal logs up to
// there, which spares sending what is there already.
//
// Prepares are pipelined, and leave ahead of the primary's own disk. PrepareOK
// answers Commit, too: it proves that the primary still is one, for reads.
//
// Backups do not follow a view change while they hear from their primary, unless
// it comes from the primary: leases rest on that (Config.NoLease: as in the paper).
// A replica that nobody follows stays in the view that it asked for.
//
// A recovering replica remembers the latest view that it was in, see recovery.go.
// View-numbers and epochs are two halves of one number (View).
//
// An epoch may have learners, which are sent the log and have no say. They are how a
// new replica is brought up to date before its epoch begins (§7.4): it is added as a
// learner, and promoted, by another epoch, when it has nearly all that is committed.
// One that is added as a member at once counts from the beginning of the epoch, and
// gets what it lacks then.
//
// # Not here
//
// Witnesses (§6.1); reads at backups without the primary (§6.3); proactive recovery.
package vr
