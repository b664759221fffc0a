package pbft

import (
	"io"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Replica is the paper's replica, a node: it executes clients' operations on a state
// machine and replies to them. Clients use a Gateway.
type Replica struct {
	PBFT
	host native
}

// Guarded is a state machine that is told whose an operation is: the protocol
// authenticates clients, and the service says what each may do.
type Guarded interface {
	ApplyFor(client node.Addr, index rsm.Index, op []byte) (result []byte)
}

// NewReplica returns a replica, to be handed to a kernel. It panics if cfg is not
// valid.
func NewReplica(cfg Config, machine rsm.StateMachine) *Replica {
	r := &Replica{host: native{machine: machine}}
	r.PBFT = *newPBFT(cfg, &r.host)
	return r
}

// Start begins an incarnation.
func (r *Replica) Start(env node.Env) { r.start(env) }

// Receive handles a message.
func (r *Replica) Receive(from node.Addr, m node.Message) { r.receive(from, m) }

// Machine returns the state machine.
func (r *Replica) Machine() rsm.StateMachine { return r.host.machine }

// native is a state machine as a service.
type native struct {
	machine rsm.StateMachine
	index   rsm.Index
}

func (s *native) execute(client node.Addr, op []byte) []byte {
	s.index++
	if g, ok := s.machine.(Guarded); ok {
		//parley:rule pbft.client.faulty-clients value=s.machine.Apply(s.index,op)
		result := g.ApplyFor(client, s.index, op)
		return result
	}
	return s.machine.Apply(s.index, op)
}

// query answers a question as wire.Marshal gives it; what cannot be read gets an
// empty answer, from all replicas alike.
func (s *native) query(_ node.Addr, question []byte) []byte {
	q, err := wire.Unmarshal(question)
	if err != nil {
		return nil
	}
	answer, err := wire.Marshal(s.machine.Query(q))
	if err != nil {
		return nil
	}
	return answer
}

func (s *native) replies() bool { return true }

func (s *native) skipped() {}

func (s *native) capture() rsm.Capture { return counted{s.index, s.machine.Capture()} }

func (s *native) restore(r io.Reader) error {
	index, err := readIndex(r)
	if err != nil {
		return err
	}
	s.index = index
	return s.machine.Restore(r)
}
