package multimaster

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/order/lamport"
)

// Read asks for the value of a key.
type Read struct {
	Key string `wire:"1"`
}

// Found answers a Read; a key that nobody has written holds "".
type Found struct {
	Value string `wire:"1"`
}

// Write asks to set a key.
type Write struct {
	Key   string `wire:"1"`
	Value string `wire:"2"`
}

// Written answers a Write. With an empty Refused it is done, else it surely will
// not be.
type Written struct {
	Refused string `wire:"1"`
}

// update is a write on its way to the other copies, the body of a multicast.
type update struct {
	Key   string        `wire:"1"`
	Value string        `wire:"2"`
	Stamp lamport.Stamp `wire:"3"`
}

// contents is a copy in a checkpoint, sorted by key.
type contents struct {
	Clock lamport.Time `wire:"1"`
	Cells []update     `wire:"2"`
}

var (
	_ = wire.Register[Read]("multimaster.Read")
	_ = wire.Register[Found]("multimaster.Found")
	_ = wire.Register[Write]("multimaster.Write")
	_ = wire.Register[Written]("multimaster.Written")
	_ = wire.Register[update]("multimaster.update")
	_ = wire.Register[contents]("multimaster.contents")
)
