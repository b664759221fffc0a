package sim

import (
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
)

// Observer is told of everything that happens in a world, in order.
type Observer interface {
	Observe(e Event)
}

// Kind says what an Event is.
type Kind uint8

// The kinds of event.
const (
	Start    Kind = iota + 1 // an incarnation begins
	Stop                     // it ends: crash, halt
	Send                     // a message leaves (after the output rule)
	Receive                  // a message is handled
	Drop                     // a message is lost; Text says why
	Timer                    // a timer fires
	Complete                 // a file operation or job completes
	Durable                  // an fsync of the log completes
	Note                     // a node's Note
	Disturb                  // something was done to the world
	Act                      // the harness entered a node (Do)
)

// Event is one thing that happened.
type Event struct {
	ID    uint64 // 1, 2, 3 ...
	Cause uint64 // the event whose effect this is, 0 if there is none
	At    time.Duration
	Kind  Kind
	Node  node.Addr // where it happened, "host" alone if no service is meant
	Peer  node.Addr // the other party of Send, Receive and Drop
	Msg   node.Message
	Text  string // of a Note, Drop, Stop or Fault
	Attrs []slog.Attr
}
