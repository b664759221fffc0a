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

// Sessions are the sessions in the table with who has opened them ("" if the engine does
// not tell), the one used longest ago first: what every replica knows of all clients.
func (r *Replica) Sessions(yield func(id uint64, owner node.Addr) bool) {
	for e := r.sessions.used.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*session); !yield(s.id, s.owner) {
			return
		}
	}
}
