package multicast

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/multicast/channel"
	"github.com/parleysystems/parley/systems/order/vector"
)

// Submit asks a member to multicast a body.
type Submit struct {
	Body []byte `wire:"1"`
}

// Submitted answers a Submit. With an empty Refused the multicast is logged, as
// the member's Number-th, and will be delivered; otherwise it will not be.
type Submitted struct {
	Number  uint64 `wire:"1"`
	Refused string `wire:"2"`
}

// Update is a multicast of Total or Arrival. Its stamp's time is the sender's.
type Update struct {
	Stamp  lamport.Stamp `wire:"1"`
	Number uint64        `wire:"2"` // among the multicasts of its sender, from 1
	Body   []byte        `wire:"3"`
}

// Acknowledge says that an update stands at the head of the sender's queue, or
// with Config.OnReceipt that the sender has it.
type Acknowledge struct {
	Of   lamport.Stamp `wire:"1"`
	Time lamport.Time  `wire:"2"` // of this message's sending
}

// Post is a multicast of Causal. Entry k of its vector is how many posts of
// member k its sender had delivered; the sender's own entry counts this one too.
type Post struct {
	Vector vector.Clock `wire:"1"`
	Body   []byte       `wire:"2"`
}

// Passed is a post that its sender may not be able to bring.
type Passed struct {
	From int   `wire:"1"` // whose post it is
	Post *Post `wire:"2"`
}

// Have says what the members have delivered, as far as its sender knows. Asked are
// those who get it to say the same, once.
type Have struct {
	Rows []Row `wire:"1"` // one for each member
	Ask  bool  `wire:"2"`
}

// Row counts the posts of each member that a member has delivered.
type Row struct {
	Delivered vector.Clock `wire:"1"`
}

// input is a record of the log: a message that the member took.
type input struct {
	From int          `wire:"1"` // the member itself for a Submit
	Seq  channel.Seq  `wire:"2"` // 0 if it came by no channel
	Body node.Message `wire:"3"`
}

// checkpoint is a record that stands for all before it.
type checkpoint struct {
	Channels *channel.State `wire:"1"`
	Order    node.Message   `wire:"2"`
	Number   uint64         `wire:"3"` // of its own multicasts so far
	App      []byte         `wire:"4"`
}

var (
	_ = wire.Register[Submit]("multicast.Submit")
	_ = wire.Register[Submitted]("multicast.Submitted")
	_ = wire.Register[Update]("multicast.Update")
	_ = wire.Register[Acknowledge]("multicast.Acknowledge")
	_ = wire.Register[Post]("multicast.Post")
	_ = wire.Register[Passed]("multicast.Passed")
	_ = wire.Register[Have]("multicast.Have")
	_ = wire.Register[input]("multicast.input")
	_ = wire.Register[checkpoint]("multicast.checkpoint")
)
