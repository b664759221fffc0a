// Package channel makes reliable channels out of messages that get lost,
// duplicated and reordered: what the algorithms of Lamport, Chandy and Lamport,
// and Birman and others presuppose of a network.
//
// A channel leads from one member of a fixed group to another. Its messages are
// numbered; what has not been confirmed is sent again, at intervals that double,
// and what arrives twice is dropped. A FIFO channel hands messages on in the order in
// which they were sent, and any other as they arrive.
//
// # Guarantee
//
// I1. What is handed on was sent, and nothing is handed on twice.
//
// I2. On a FIFO channel a message is handed on only after all that were sent
// before it.
//
// I3. As long as both ends go on and messages sometimes get through, everything
// sent is handed on in the end.
//
// A sender's owner that knows that the receiver's owner has a message from
// elsewhere gives it up (Mesh.Forget): nobody waits for it any more, and the
// guarantees are about the others.
//
// Both ends live as long as their owner's state does: who survives crashes keeps
// State durable together with what the messages caused, and confirms a message
// only once it is, which the output rule of package node sees to.
//
//	message  from      to        why
//	Data     sender    receiver  a numbered message
//	Got      receiver  sender    everything before a number has arrived
//
// # Bounds
//
// At most Window messages of a channel are on their way or held back at once.
// Further ones wait at the sender, which tells how many (Backlog); its owner
// stops sending before that grows without bound.
package channel
