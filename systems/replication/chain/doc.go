// Package chain is chain replication and CRAQ, as an engine of package rsm:
// replicas stand in a row, writes enter at the head and are committed at the tail,
// and reads are answered at the tail, or, with apportioned queries, anywhere.
//
// After R. van Renesse and F. B. Schneider, "Chain replication for supporting high
// throughput and availability" (OSDI 2004, cited as CR §3), and J. Terrace and
// M. J. Freedman, "Object storage on CRAQ" (USENIX ATC 2009, cited as CRAQ §2).
//
// # Faults
//
// Replicas crash and come back; messages are lost, delayed, duplicated and
// reordered; the network splits. No lie is told. Of n replicas n-1 may fail, one
// after the other: the paper's fail-stop model. What it takes for granted, that a
// failure is seen and never imagined, is here the configuration service's affair
// (Master), which runs on a consensus engine of its own (Raft, where Parley runs
// it) and works while a majority of its replicas does. A replica that is removed
// although it lives is fenced: by the epoch in every message, and by its lease,
// which the service lets run out before it removes anybody.
//
// # Guarantee
//
// Writes take effect in one order, and what a client was answered is held by every
// replica of every later configuration. Reads at level Linearizable are confirmed
// by the configuration service, and need no clock. Reads at level Lease are the
// papers' reads, without a message at the tail (or, CRAQ, wherever the object is
// clean); they need oscillators whose rates differ by no more than
// Config.ClockDrift.
//
// # Where to read
//
//	configuration.go message.go    who stands where; the messages
//	replica.go roles.go            the engine, and what a configuration makes of it
//	propagate.go                   updates down the chain, acknowledgements up (CR §3.1)
//	read.go query.go lease.go      reads: at the tail, of clean and dirty objects
//	objects.go bounded.go          CRAQ's versions, and its weaker reads (CRAQ §2.3, §2.4)
//	master.go succession.go        the configuration service (CR §3.2: the master)
//	register.go                    what it replicates
//
// # Messages
//
//	message   from     to       why
//	Renew     replica  masters  it lives; what is the configuration? may it go on answering reads?
//	Granted   master   replica  the configuration; yes, for the length of a lease
//	CaughtUp  tail     masters  the new replica has everything
//	Query     replica  tail     which versions are committed? (CRAQ §2.3)
//	Version   tail     replica  those up to this index
//
// Updates and their acknowledgements travel in messages of package relay, state in
// those of package pull, requests in those of package rsm.
//
// # Invariants
//
//	I1  Update propagation (CR §3.1): along the chain each replica's history begins
//	    with that of the one behind it.
//	I2  Inprocess requests (CR §3.1): a replica's history is what it knows to be
//	    committed, which the tail holds, and then what it has sent on and does not
//	    know to be committed. That rest is kept until it is.
//	I3  Nothing is executed, answered or shown before the tail holds it durably. Hence
//	    a version is either clean or not visible.
//	I4  A configuration is decided once an epoch, and follows from the one before by
//	    one removal, one recruit, or one recruit that has become the tail.
//	I5  A replica is removed only after every lease that it was granted has run out.
//	    A tail that is to have a successor answers no read from when it says so.
//	I6  A recruit becomes tail only with everything that was ever committed.
//
// # Departures from the papers
//
// The answer to a write comes from where it was asked for, when the acknowledgement
// passes there, and not from the tail: rsm's clients wait at one replica. The log is
// on disk; a replica that comes back within its lease keeps its place. An object's
// versions are the history's entries that touch it: the state machine holds the
// clean one, those behind it are dirty. A query brings the replica up to the named
// version at once, all objects together. CRAQ's eventual reads may show versions
// that are not committed; ours never do (I3), and may be old instead.
//
// # Not here
//
// Learners and hand-picked members, so no Reconfigure; several chains over one set
// of hosts (CR §5, CRAQ §3); multicast along the chain (CRAQ §4.3).
package chain
