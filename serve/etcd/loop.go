package etcd

import (
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Replica is what the door asks of the replica behind it; *rsm.Replica is one.
// Its state machine is a *kv.Store. All calls are made on its loop.
type Replica interface {
	Propose(command []byte, done func(result []byte, err error))
	Read(level rsm.Level, done func(error))
	Query(question any) any
	Status() rsm.Status
	Engine() rsm.Engine
	Machine() rsm.StateMachine
	Env() node.Env
	Reconfigure(members []rsm.Member, done func(error))
	Transfer(to node.Addr, done func(error))
}

// Loop is the way onto the loop of a replica.
type Loop interface {
	// Do has f run on the loop, soon; an error means that it will not run.
	// Functions run in the order in which one goroutine posts them.
	Do(f func(Replica)) error
	// Done is closed when the loop has stopped: from then on nothing runs.
	Done() <-chan struct{}
}

// Hosted returns the loop of a replica that a live host serves.
func Hosted(h *live.Host, service string) Loop { return hosted{h, service} }

type hosted struct {
	*live.Host
	service string
}

func (h hosted) Do(f func(Replica)) error {
	return h.Host.Do(h.service, func(n node.Node) { f(n.(*rsm.Replica)) })
}
