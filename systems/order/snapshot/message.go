package snapshot

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Epoch numbers the times that a group was resumed. Messages of another epoch
// are dropped.
type Epoch uint64

// Life names one incarnation of a member: a number drawn when it starts, and not
// zero. Channels do not survive the one that began them.
type Life uint64

// ID names a snapshot: the place of its initiator, and how many it began.
type ID struct {
	Initiator int    `wire:"1"`
	Number    uint64 `wire:"2"`
}

func (id ID) String() string { return fmt.Sprintf("snapshot %d of member %d", id.Number, id.Initiator) }

// Envelope is what travels between members.
type Envelope struct {
	Epoch Epoch        `wire:"1"`
	Life  Life         `wire:"2"` // of the sender
	To    Life         `wire:"3"` // of the receiver, as far as the sender knows; 0 if it does not
	Body  node.Message `wire:"4"`
}

// Marker stands in a channel between what was sent before the cut and after.
type Marker struct {
	ID ID `wire:"1"`
}

// HandIn is a member's part on its way to the initiator.
type HandIn struct {
	ID   ID   `wire:"1"`
	Part Part `wire:"2"`
}

// Abort ends a snapshot without a result.
type Abort struct {
	ID     ID     `wire:"1"`
	Reason string `wire:"2"`
}

// Own stands for the oldest message of a process to itself.
type Own struct{}

var (
	_ = wire.Register[Envelope]("snapshot.Envelope")
	_ = wire.Register[Marker]("snapshot.Marker")
	_ = wire.Register[HandIn]("snapshot.HandIn")
	_ = wire.Register[Abort]("snapshot.Abort")
	_ = wire.Register[Own]("snapshot.Own")
	_ = wire.Register[Global]("snapshot.Global")
	_ = wire.Register[Part]("snapshot.Part")
)
