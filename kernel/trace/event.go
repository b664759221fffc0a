package trace

import (
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
)

// ID numbers the events of one run: 1, 2, 3 in the order of recording. Zero
// stands for no event.
type ID uint64

// Kind says what sort of thing happened.
type Kind uint8

// The kinds of events. The comment says what Cause points at.
const (
	Start     Kind = iota + 1 // an incarnation began; the host's Restart, if there was one
	Receive                   // a message arrived; its Send
	Timer                     // a timer fired; the event that armed it
	Complete                  // a file operation or a job ended; the event that began it
	Durable                   // the log caught up; the event that appended
	Step                      // something else moved the node: a call from outside, a task's wake-up
	Send                      // a message left the node's hands; the step that sent it
	Append                    // a record was appended to a log
	Note                      // the node said something about itself
	Drop                      // the network lost a message; its Send
	Crash                     // a host stopped; the fault that stopped it
	Restart                   // a host came back
	Halt                      // a host stopped itself
	Fault                     // the world changed: a partition, a slow disk, a clock step
	Invoke                    // a client began an operation
	Return                    // a client's operation ended; its Invoke
	Violation                 // a checker objected; the event that showed it
)

var kindNames = [...]string{
	Start: "start", Receive: "receive", Timer: "timer", Complete: "complete",
	Durable: "durable", Step: "step", Send: "send", Append: "append",
	Note: "note", Drop: "drop", Crash: "crash", Restart: "restart",
	Halt: "halt", Fault: "fault", Invoke: "invoke", Return: "return",
	Violation: "violation",
}

// String returns the kind's name in lower case, as in all output formats.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind is the inverse of String; it reports whether there is such a kind.
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name && n != "" {
			return Kind(k), true
		}
	}
	return 0, false
}

// World is the place of events that belong to no host.
const World node.Addr = "world"

// Event is one thing that happened at one place.
type Event struct {
	// ID and Prev are set by the Recorder.
	ID, Prev ID
	// Cause is the event that brought this one about, besides Prev.
	Cause ID
	// At is the time since the run began: virtual when simulated.
	At time.Duration
	// Kind says what sort of event this is.
	Kind Kind
	// Place is the node, host or World where it happened.
	Place node.Addr
	// Peer is the other end of a Send, Receive or Drop.
	Peer node.Addr
	// What is short and one of few: the message's type, the note's text, the
	// fault's name. It is interned.
	What string
	// Detail is rendered only when looked at, so it must not change any more: a
	// message, or the attributes of a note ([]slog.Attr).
	Detail any
}

// Attrs returns the detail of a note.
func (e *Event) Attrs() []slog.Attr {
	attrs, _ := e.Detail.([]slog.Attr)
	return attrs
}
