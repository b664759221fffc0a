package channel

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Seq numbers the messages of one channel: 1, 2, 3 and so on.
type Seq uint64

// Data is a message on its way. Those before First need not be waited for: they
// have reached the receiver's owner in another way (Mesh.Forget).
type Data struct {
	Seq   Seq          `wire:"1"`
	Body  node.Message `wire:"2"`
	First Seq          `wire:"3"`
}

// Got confirms all messages before Next.
type Got struct {
	Next Seq `wire:"1"`
}

var (
	_ = wire.Register[Data]("channel.Data")
	_ = wire.Register[Got]("channel.Got")
)
