package rsm

import "github.com/parleysystems/parley/node"

var _ node.Inspector = (*Replica)(nil)

// State is what a replica shows of itself to whoever looks at a run.
type State struct {
	Engine  any
	Applied Index
	Leader  node.Addr
	// Batches is how many batches of commands are on their way.
	Batches  int
	Sessions int
	Machine  any
}

// Inspect returns the state.
func (r *Replica) Inspect() any {
	return &State{
		Engine: r.engine, Applied: r.applied, Leader: r.leader,
		Batches: r.outbox.inFlight(), Sessions: len(r.sessions.byID), Machine: r.machine,
	}
}
