// Package multipaxos is Multi-Paxos as an engine of package rsm: one leader runs
// the first phase of Paxos once for all slots to come, and the second phase once
// a slot.
//
// After L. Lamport, "The part-time parliament", TOCS 1998 (cited as PTP §2.3), and
// "Paxos made simple", 2001 (PMS §3), with what T. Chandra, R. Griesemer and
// J. Redstone, "Paxos made live", PODC 2007 (PML §5), had to add.
//
// # Faults
//
// Replicas crash and come back with their disks; messages are lost, delayed,
// duplicated and reordered; the network splits. No lie is told. With 2f+1
// acceptors f may be down at a time, and any number may come and go. Safety needs
// no clock, with one exception: reads by lease need oscillators whose rates differ
// by no more than Config.ClockDrift.
//
// # Guarantee
//
// In no slot are two values ever chosen, so all replicas execute the same commands
// in the same order. With a majority up, messages arriving within the timeout and
// one proposer unopposed for long enough, commands get chosen.
//
// # Where to read
//
//	message.go                    the messages, field by field
//	ballot.go configuration.go    ballots, acceptors, and who accepts in which slot
//	votes.go state.go             what an acceptor has accepted, and what is durable
//	acceptor.go                   promises and acceptances (PMS §2.2)
//	campaign.go                   the first phase, for all slots at once (PMS §3)
//	leader.go propose.go peer.go  the second phase; gaps; flow control
//	learner.go catchup.go         what is chosen, and how laggards learn it
//	lease.go read.go              reads without a slot
//	reconfigure.go handover.go    a change of the acceptors
//	transfer.go checkpoint.go
//
// # Messages
//
//	message    from       to         why
//	Prepare    candidate  acceptors  phase 1a: promise me, in all slots from here on
//	Promise    acceptor   candidate  phase 1b: and what I have accepted in them, in pages
//	Accept     leader     acceptors  phase 2a: values, and what is chosen before them
//	Accepted   acceptor   leader     phase 2b; answers Accept and Heartbeat
//	Heartbeat  leader     acceptors  what is chosen; that it lives
//	Refuse     acceptor   any        a higher ballot was promised
//	Known      replica    laggard    more is chosen than you seem to know
//	Fetch      laggard    replica    the chosen values from here on
//	Values     replica    laggard    the values, or that a checkpoint has their effect
//	TakeOver   leader     acceptor   you are to lead
//
// Checkpoints travel in messages of package pull, reads in those of package
// rounds, commands in those of package rsm.
//
// # Invariants
//
// I1. An acceptor accepts nothing below what it promised, and both are durable
// before anybody hears of them.
//
// I2. A ballot belongs to one proposer and is tried once: the number tried last is
// durable before it is used (lastTried of PTP).
//
// I3. A leader proposes one value a slot. Where a quorum's promises told of a
// value, it is the one of the highest ballot; where they told of none although a
// later slot has one, it is a no-op: a gap would hold up what is behind it.
//
// I4. Every replica knows which slots are chosen as a prefix, with their values.
// An acceptance of the ballot that leads equals the chosen value once its leader
// says that the slot is chosen; an older one may differ, and is fetched.
//
// I5. The acceptors of slot s are those that the commands up to slot s-α say
// (PMS §3). A leader proposes in s only when it knows these, so no more than α
// slots are open; and a ballot leads under one set of acceptors: when the next
// comes into force, phase 1 is run with it.
//
// I6. Who has answered a leader promises nobody else anything for the time T. The
// leader counts on less than T from when it asked.
//
// I7. A leader's prefix is at least as long as that of each acceptor that promised:
// who knows more tells the candidate so, instead of promising. It has what was
// chosen before it once all that the promises told of is chosen.
//
// # Membership
//
// A Reconfiguration is a command; chosen in slot k, it says who accepts from slot
// k+α on. That is Paxos's own way (PMS §3), and it needs no second quorum in any
// slot, in contrast to joint consensus. The pipeline never stops for it: at most α
// slots are open at any time, change or no change; after it the leader fills what
// is left of the α slots with no-ops, so that it takes one round trip, and then
// runs phase 1 with the new acceptors, which takes another. One change is under way
// at a time, and one that was proposed in ignorance of another is void. New voters
// are taught before; the replaced go on telling the new ones what was chosen until
// a quorum knows it.
//
// # Leadership
//
// The first whose ballot a majority promises leads, and everybody defers to it
// until it was silent for a random time within [T, 2T]. Candidates promise
// themselves last: one that nobody follows goes on accepting from the leader it
// suspected. Two may believe that they lead, when a cut-off one has not noticed; at
// most one gets anything chosen, and at most one holds a lease. A leader that is
// refused takes a higher ballot after a random pause.
//
// # Departures from the papers
//
// Acceptances are numbered by the leader and messages carry many; acceptors accept
// out of order and each acknowledges how far it has no gap, for flow control.
// Learners are told by the leader, as PMS §2.3 suggests for a distinguished one.
// Prepare is refused silently while a lease runs. Ballots carry proposer numbers
// that configurations hand out, and never twice, rather than names.
//
// # Not here
//
// Disks that come back older than they were are noticed only as far as the same
// leader knows of acceptances that are gone. Fast and generalized Paxos; witnesses;
// weighted quorums.
package multipaxos
