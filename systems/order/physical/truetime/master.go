package truetime

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical"
)

// Query asks for a Window. Number comes back with it.
type Query struct {
	Number uint64 `wire:"1"`
}

// Window contains the time at which it was sent.
type Window struct {
	Number   uint64    `wire:"1"`
	Earliest time.Time `wire:"2"`
	Latest   time.Time `wire:"3"`
}

var (
	_ = wire.Register[Query]("truetime.Query")
	_ = wire.Register[Window]("truetime.Window")
)

// Master answers by its host's clock, which is within Uncertainty of the true
// time if the master is right.
type Master struct {
	Uncertainty time.Duration
	env         node.Env
}

// Start implements node.Node.
func (m *Master) Start(env node.Env) { m.env = env }

// Receive implements node.Node.
func (m *Master) Receive(from node.Addr, msg node.Message) {
	if q, ok := msg.(*Query); ok {
		i := physical.Around(m.env.Now(), m.Uncertainty)
		m.env.Send(from, &Window{Number: q.Number, Earliest: i.Earliest, Latest: i.Latest})
	}
}
