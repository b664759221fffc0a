package rsm

import "io"

// Index is the place of a command in the one sequence that all replicas
// execute: 1, 2, 3 and so on. Engines map their own word to it (Raft's log
// index, Paxos's slot, VR's op-number).
type Index uint64

// StateMachine is a service that an engine replicates. All replicas apply the
// same commands in the same order to the same state, so Apply must depend on
// nothing else: no clock, no randomness, no order of a map.
//
// All calls come from the node's loop.
type StateMachine interface {
	// Apply executes the command at index and returns its result. A command
	// that the service refuses is executed too: its result says why. Neither
	// slice is changed after the call by either side, and command may be kept.
	Apply(index Index, command []byte) (result []byte)

	// Query answers a question without changing the state. It runs only on the
	// replica that was asked, so question and answer are plain values; the
	// answer must stay valid while later commands are applied.
	Query(question any) (answer any)

	// Capture returns the state as it is now, at a cost that does not grow with
	// it. Later Applies do not change what was captured.
	Capture() Capture

	// Restore replaces the whole state by one that a Capture wrote. An error
	// means that the stream was not such a state; the old state is then void.
	Restore(r io.Reader) error

	// Digest condenses the state: equal states have equal digests on all
	// replicas and in all versions of Go.
	Digest() uint64
}

// Capture is a state that no longer changes.
type Capture interface {
	// WriteTo writes it, canonically: equal states give equal bytes. It is pure
	// and may run beside the node's loop (node.Env.Job).
	io.WriterTo
	// Release gives back what the capture holds on to.
	Release()
}
