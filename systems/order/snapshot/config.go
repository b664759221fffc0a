package snapshot

import (
	"errors"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Process is what can be recorded.
type Process interface {
	node.Node
	// Snapshot returns the present state. It is called between two events of the
	// process, and must change nothing.
	Snapshot() []byte
	// Restore takes over a state that Snapshot returned. It is called before
	// Start, on a value made anew; Start then begins nothing that the state says
	// has begun. Bytes that Snapshot did not return are an error.
	Restore(state []byte) error
}

// Config is what the members of a group agree on. Zero values stand for what is
// said at each field.
type Config struct {
	// Members are all members of the group, the same list everywhere.
	Members []node.Addr
	// Epoch is greater every time that the group is resumed.
	Epoch Epoch
	// Window and Resend are those of package channel.
	Window int
	Resend time.Duration
	// Open bounds the snapshots under way at a member; 0 means 16.
	Open int
	// Bytes bounds what a member records for one snapshot, its state and
	// channels; 0 means 16 MiB, and more than half of wire.MaxSize means that,
	// since a part travels as one message.
	Bytes int
	// Patience is how long an initiator waits for the parts; 0 means a minute.
	// Another member waits twice as long for markers, in case that the initiator
	// is no more.
	Patience time.Duration
	// Backlog bounds the messages that wait in a channel; 0 means 65,536.
	Backlog int
	// Bare sends on the network as it is. It is for networks that are known to
	// be FIFO and to lose nothing, and for seeing what becomes of others.
	Bare bool
	// Pause holds back what a process sends while a snapshot is under way at it.
	// The algorithm has no need of that; it is there to be compared with.
	Pause bool
}

func (c *Config) complete() {
	if c.Open == 0 {
		c.Open = 16
	}
	if c.Bytes == 0 {
		c.Bytes = 16 << 20
	}
	c.Bytes = min(c.Bytes, wire.MaxSize/2)
	if c.Patience == 0 {
		c.Patience = time.Minute
	}
	if c.Backlog == 0 {
		c.Backlog = 1 << 16
	}
}

// Reasons why there is no Global.
var (
	// ErrBusy: as many snapshots as Config.Open are under way. Nothing was begun.
	ErrBusy = errors.New("snapshot: too many are under way")
	// ErrUnfinished: the parts did not come within Config.Patience.
	ErrUnfinished = errors.New("snapshot: not all parts have come")
	// ErrAborted: a member could not record its part, or lost its past.
	ErrAborted = errors.New("snapshot: aborted")
)
