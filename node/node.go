package node

import (
	"log/slog"
	"math/rand/v2"
	"time"
)

// Message is a pointer to a plain struct that is registered with kernel/wire.
// Nobody changes a message, or anything that it points to, once it is sent:
// the simulator hands the same pointer to the receiver, the live kernel
// encodes it on another goroutine.
type Message any

// Node is a protocol: a deterministic state machine that only an Env moves.
//
// All calls into a node (Start, Receive, timers, completions, the steps of its
// tasks) come one after the other; a node needs no lock and may have none.
type Node interface {
	// Start begins an incarnation. It is called once, before anything else, on
	// a value made anew: what an earlier incarnation knew is gone, but for what
	// it left in its logs and files.
	Start(Env)

	// Receive handles one message. The network may lose, delay, duplicate and
	// reorder messages; it does not change them, and from is the true sender.
	// (Byzantine hosts are an experiment's own wrapper around a node.)
	Receive(from Addr, m Message)
}

// Env is all that a node can do. It is valid for one incarnation, and only on
// the node's own loop.
type Env interface {
	// Self returns the node's own address.
	Self() Addr

	// Now returns what this host believes the time to be. It may be hours
	// wrong, run fast or slow, and step in either direction. A node that knows
	// better keeps its own estimate; it cannot set the host's clock.
	Now() time.Time

	// Elapsed returns the time since Start by this host's oscillator: it never
	// steps and never goes back, but it drifts. Leases and timeouts are
	// measured by it, never by Now.
	Elapsed() time.Duration

	// Rand returns the node's own source: keyed by seed and node when
	// simulated, unpredictable when live.
	Rand() *rand.Rand

	// Send delivers m to another node, at most once as far as the sender can
	// know. It leaves once everything that this node appended to its logs
	// before the call is durable (the output rule), and messages to one
	// destination leave in the order in which they were sent.
	Send(to Addr, m Message)

	// SendEarly is Send without the wait: m may leave ahead of the disk. Say at
	// the call why a crash right after it does no harm.
	SendEarly(to Addr, m Message)

	// Durable runs done once everything that this node appended to its logs
	// before the call is durable, and what it sent before the call has left.
	// Completions run in the order of the calls, and never within the event
	// that asked for them.
	Durable(done func())

	// Timer returns a stopped timer that runs fire on the node's loop.
	Timer(fire func()) Timer

	// Go starts a task: sequential code on this node's own loop. It runs until
	// its first wait before Go returns.
	Go(func(Task))

	// Log returns the node's stream of that name in the host's write-ahead
	// log. Streams of different services do not share names.
	Log(stream string) Log

	// Disk returns the node's own directory of plain files. They take no part
	// in the output rule.
	Disk() FS

	// Job runs work, which is pure and long, and then done with its result on
	// the node's loop: on another processor when live, in line when simulated.
	// What work reads nobody may write until done runs. It may use a File that
	// nobody else uses meanwhile.
	Job(work func() any, done func(result any))

	// Note writes a line into the trace of the run, as an effect of the event
	// that is being handled.
	Note(msg string, attrs ...slog.Attr)

	// Halt stops this host for good: the protocol found its disk or its state
	// to be unfit to go on with. Nothing that was not yet durable or sent
	// leaves it any more. err says what was wrong, with what, and where.
	Halt(err error)
}

// Timer calls its function once, Reset's duration after the latest Reset, by
// the host's oscillator. Resetting it allocates nothing.
type Timer interface {
	// Reset arms the timer, whether it is armed or not. A duration of zero or
	// less fires as soon as the current event is over.
	Reset(d time.Duration)
	// Stop disarms the timer: after it the function does not run until the
	// next Reset.
	Stop()
}
