package chain

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Renew asks the configuration service for the configuration and for a lease. It
// goes to all masters; the one that leads answers.
type Renew struct {
	Round uint64 `wire:"1"` // comes back in Granted
}

// Granted answers Renew: Configuration was the latest at some time after Renew was
// sent, and who stands in its chain will not be removed for the length of a lease
// since then.
type Granted struct {
	Round         uint64         `wire:"1"`
	Configuration *Configuration `wire:"2"`
}

// CaughtUp says that the joining replica has everything, and that the tail that
// sends it answers no reads any more.
type CaughtUp struct {
	Epoch   Epoch     `wire:"1"`
	Joining node.Addr `wire:"2"`
	// Round is that of the sender's latest lease: if it has a later one, it is
	// another incarnation and knows nothing of this message.
	Round uint64 `wire:"3"`
}

// Query asks the tail what is committed.
type Query struct {
	ID    uint64 `wire:"1"`
	Epoch Epoch  `wire:"2"`
	Lease bool   `wire:"3"` // the tail's lease is proof enough
}

// Version answers Query.
type Version struct {
	ID    uint64    `wire:"1"`
	Epoch Epoch     `wire:"2"`
	Index rsm.Index `wire:"3"`
}

func init() {
	wire.Register[Configuration]("chain.Configuration")
	wire.Register[Renew]("chain.Renew")
	wire.Register[Granted]("chain.Granted")
	wire.Register[CaughtUp]("chain.CaughtUp")
	wire.Register[Query]("chain.Query")
	wire.Register[Version]("chain.Version")
}
