// Package snapshot records a consistent global state of a running system, by the
// algorithm of K. M. Chandy and L. Lamport, "Distributed snapshots: determining
// global states of distributed systems", ACM TOCS 3(1), 1985.
//
// It is a layer between a process, which is any node.Node that can show its state
// (Process), and its Env. The layer sends what the process sends to other members
// of its group through FIFO channels (package channel), and mixes its markers in:
//
//	process ──Send──► Layer ──Marker, messages──► channels ──► network
//	process ◄─Receive─ Layer ◄──records copies──── channels ◄─── network
//
// A process neither stops nor changes while a snapshot is taken; it does not know
// of it.
//
// # The algorithm (section 3 of the paper)
//
// Who begins records its own state, sends a marker on every channel that leads
// from it, and records what arrives on every channel to it. Who gets its first
// marker does the same, but for the channel that the marker came on, whose state
// is empty. A marker on a channel ends the recording of that channel. A process
// with a marker from everybody hands its part in to whoever began, which
// assembles the parts (Global). Any member may begin, and several may at once:
// each snapshot has an ID, and what belongs to one does not touch another.
//
// # Fault model
//
// The paper presupposes processes that do not fail and channels that lose,
// duplicate and reorder nothing. Package channel provides such channels over a
// network that does all of that. A process that crashes takes the state of its
// channels with it, so the group cannot go on as it was: a member that comes back
// without its past is recognised by its Life and no longer listened to, and the
// snapshots under way end with an error. That holds also of a process which logs:
// its own past survives, that of its channels does not. What then helps is to resume all members
// from an earlier Global in a new Epoch (Resume).
//
// # Guarantee
//
// I1. A snapshot is consistent: if an event is before the cut, so is everything
// that happened before it.
//
// I2. The state of the channel from p to q is what p sent before it recorded its
// state and q received after it recorded its own, in the order of sending. (What
// was received before the cut is not part of it, though it is sometimes said so.)
//
// I3. A Global has the parts of all members, each with a marker from every other.
// A snapshot takes N(N-1) markers, and ends once they and the parts have arrived.
//
// I4. What a stable property says of a Global is so from then on; what was so
// before the snapshot began is found in it (section 4 of the paper).
//
// I5. Members resumed from the parts of a Global, with the messages of its
// channels delivered again before all others, are a state that the system might
// have been in.
//
// # Messages
//
//	message   from       to         why
//	Envelope  member     member     everything below, with epoch and lives
//	Marker    member     others     what I send from now on is after the cut
//	HandIn    member     initiator  my state and that of the channels to me
//	Abort     member     initiator  I cannot record this, and why
//	Abort     initiator  others     nobody waits for this snapshot any more
//	Own       member     itself     a message of the process to itself
//
// # Bounds
//
// Config bounds the snapshots under way at once (Open), the bytes recorded for one
// at one member (Bytes), the time until an initiator gives up (Patience), and
// what waits in a channel (Backlog). Beyond the first three a snapshot ends with an error
// and the system goes on; beyond the last the host halts.
//
// # Departures from the paper
//
// The paper's channels form any graph; here there is one between every two
// members. It leaves the collection of the parts open; here they go to the
// initiator. Messages to oneself are a channel as well, whose content the member
// knows without a marker.
//
// # Not here
//
// Parties outside the group (clients) are not part of the state: what they send
// is an event of the member that receives it. Calls of a task to another member
// panic: the state of a task that waits cannot be recorded. Channels that are not
// FIFO need another algorithm (Lai and Yang, 1987).
package snapshot
