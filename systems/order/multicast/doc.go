// Package multicast sends messages to a group so that all members deliver them
// in an order that means something: all in the same order (Total), or no effect
// before its cause (Causal).
//
// Total is the multicast by Lamport clocks of L. Lamport, "Time, clocks, and the
// ordering of events in a distributed system", 1978, as it is used to keep copies
// of a database equal. Causal is the delivery rule of K. Birman, A. Schiper and
// P. Stephenson, "Lightweight causal and atomic group multicast", ACM TOCS 9(3),
// 1991, as it is used for a bulletin board. Arrival delivers as messages come and
// promises nothing about order; it is what the other two are compared with.
//
// # Faults
//
// Messages are lost, delayed, duplicated and reordered: package channel makes
// channels of them. Members crash and come back with what they logged: a member
// logs everything that it takes, and goes through its log when it starts again
// (journal.go). Nobody is excluded: a member that stays away stops Total for good,
// and fills the others' bounded backlog under Causal and Arrival.
//
// # Guarantee
//
// I1. Every member delivers every multicast that any of them delivers, once an
// incarnation, provided that all of them go on (validity and agreement).
//
// I2. Total: all members deliver in one order, that of increasing stamps.
//
// I3. Total: who delivers a multicast knows that every member has it, and, with
// acknowledgements at the head, that it stood at the head of every queue.
//
// I4. Causal: a member delivers m only after everything that m's sender had sent
// or delivered before it sent m. Concurrent multicasts may come in any order.
//
// I5. Causal, with Config.Relay: a post reaches also those that its sender does not
// reach, by way of those that reach both (relay.go). It loads its sender no longer
// than until that hears, on whatever way, that all have it.
//
// # Messages
//
//	message      from    to      why
//	Submit       client  member  please multicast this
//	Submitted    member  client  it is logged and will be delivered everywhere; or why not
//	Update       member  others  Total, Arrival: a multicast with its stamp
//	Acknowledge  member  others  Total: the update stands at the head of my queue (or: I have it)
//	Post         member  others  Causal: a multicast with the vector of its sender
//	Passed       member  other   Causal: another's post, which you lack; its sender has had time
//	Have         member  others  Causal: what all of us have delivered, as far as I know. And you?
//
// Updates, acknowledgements and posts travel in the messages of package channel. The
// last two go without: what is lost of them is asked for again, every Config.Relay,
// until everybody is known to have everything.
//
// # What the notes leave unsaid
//
// Messages must not be lost, and each must be taken once. When members
// acknowledge an update as soon as they receive it (Config.OnReceipt, Lamport's
// way), channels must also be FIFO: else an acknowledgement overtakes an earlier
// update of its sender, and the update that it was for runs too soon. When they
// acknowledge at the head of the queue, order of channels does not matter, at the
// price of one more delay. An acknowledgement that arrives before its update is
// kept. Vectors of Causal count multicasts sent, not all events: with receive
// events counted, a gap in an entry would not mean that something is missing.
//
// # Not here
//
// Changes of the group, and exactly-once submission: a Submit that its client
// repeats, or the network, is a multicast of its own.
package multicast
