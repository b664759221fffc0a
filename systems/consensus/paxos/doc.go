// Package paxos lets processes agree on one value: the single-decree synod of
// L. Lamport, "The part-time parliament", ACM TOCS 16(2), 1998, as told in
// "Paxos made simple", SIGACT News 32(4), 2001, section 2.
//
// Proposers put values forward. Acceptors accept proposals; a value is chosen
// once a majority of them has accepted one and the same proposal. Learners find
// out. The roles are nodes of their own: a process that plays all three is a
// host with three services.
//
//	proposer             acceptors             learners
//	   | Prepare(n)          |                     |
//	   |-------------------->| n >= n_p: n_p = n   |      phase 1
//	   |   Promise(n,n_a,v_a)|                     |
//	   |<--------------------|                     |
//	   | Accept(n,v)         |                     |
//	   |-------------------->| n >= n_p: accept    |      phase 2
//	   |          Accepted(n)|                     |
//	   |<--------------------|-------------------->| a majority said n: chosen
//
// v is the value of the highest-numbered proposal that a promise reported, and
// the proposer's own only if none did. Any two majorities share an acceptor, so
// a later proposer hears of what may have been chosen, and can only repeat it.
//
// # Fault model and guarantee
//
// Messages are lost, delayed, duplicated and reordered, hosts crash and come
// back with their logs; nobody lies. However long that goes on:
//
//	I1  Only a proposed value is chosen.
//	I2  At most one value is chosen, and it stays chosen.
//	I3  A learner learns only what was chosen.
//	I4  Once (n, v) is chosen, every proposal numbered above n has value v.
//	I5  A number is used for one proposal, in all time: its low part is the
//	    proposer, its high part grows and is durable before it is used.
//	I6  What an acceptor has promised or accepted is durable before anybody
//	    hears of it (the output rule).
//
// That something is chosen needs luck: a majority of acceptors that is up,
// messages in time, and one proposer left alone for long enough. Two that take
// turns in outbidding each other go on for ever. Waiting a random time after a
// rejection makes that improbable, a distinguished proposer (Config.Elect) makes
// it rare; package flp shows why nothing makes it impossible.
//
// # Messages
//
//	message   from                to                 why
//	Submit    client, proposer    proposer           put this value forward
//	Outcome   proposer            client, proposer   what was chosen; or why nothing was tried
//	Prepare   proposer            acceptors          phase 1a: promise, and say what you have accepted
//	Promise   acceptor            proposer           phase 1b
//	Accept    proposer            acceptors          phase 2a
//	Accepted  acceptor            proposer, learners phase 2b
//	Reject    acceptor            proposer           a higher number was promised; only speeds things up
//	Decided   proposer, learner   learners           this is the value
//	Inquire   learner             acceptor, learner  what have you accepted, or learned?
//	Renew     learner, proposer   proposer           propose again what may have been chosen, so that I learn it
//	Alive     proposer            proposers          Config.Elect: the lowest that is heard proposes
//
// # How learners learn
//
// With Config.Distinguished zero, every acceptor informs every learner:
// acceptors times learners messages, and one delay. Otherwise acceptors inform
// the first so many learners, and these tell the rest: a sum in place of the
// product, a delay more, and if all of them are down nobody learns. With
// Config.Announce the proposer tells as well. What was lost is asked for again;
// and since acceptors may have moved on to other numbers since a value was
// chosen, or be gone, asking may not be enough: then a new proposal, which can
// only have that value, makes it known (section 2.3), unless the proposer that is
// asked for one knows the value: it makes no more proposals, and tells.
//
// # Beyond the paper
//
// Acceptors answer an outdated request with Reject, on which a proposer begins
// again with a higher number. One that hears nothing asks again under the same
// number, and acceptors answer an equal Prepare a second time: harmless, because
// numbers are unique (I5).
//
// # Not here
//
// A sequence of decisions (multi-Paxos), changes of the set of acceptors, and
// acceptors that lie.
package paxos
