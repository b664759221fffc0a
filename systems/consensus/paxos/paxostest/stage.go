package paxostest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// stage is a world in which a script lets messages arrive one by one. Proposers
// begin again at once when they are rejected, and never by themselves.
type stage struct {
	*Group
}

const never = 1000 * time.Hour

// staged makes an experiment of a script. Hosts a, b and c accept, p and q
// propose, l learns.
func staged(e experiment.Experiment, script func(*stage) error) *experiment.Experiment {
	e.System, e.Hosts, e.Once = "paxos", "6", true
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim: sim.Config{Hold: true, Fsync: sim.Constant(time.Microsecond)},
			Body: func(r *consensustest.Run) error {
				l := Layout{Acceptors: []string{"a", "b", "c"}, Proposers: []string{"p", "q"}, Learners: []string{"l"}}
				s := &stage{NewGroup(r, l, paxos.Config{Retry: never, Inquiry: never})}
				if err := script(s); err != nil {
					return err
				}
				return s.Oracle.err
			},
		})
	}
	return experiment.Register(&e)
}

func (s *stage) settle() { s.World.Run(time.Millisecond) }

// wants lets a proposer begin with a value.
func (s *stage) wants(proposer string, v paxos.Value) {
	s.Group.Submit(strings.Index("pq", proposer), v)
	s.settle()
}

// again lets a proposer give up its attempt and begin another.
func (s *stage) again(proposer string) {
	a := s.Config.Proposers[strings.Index("pq", proposer)]
	s.World.Do(a, func(n node.Node) {
		number := n.(*paxos.Proposer).Attempt().Number
		n.Receive(s.Config.Acceptors[0], &paxos.Reject{Number: number, Promised: number})
	})
	s.settle()
}

// deliver lets the newest message of a type from one host to another arrive. The
// older ones stay on their way.
func (s *stage) deliver(message, from, to string) error {
	held := s.World.Held()
	for i, m := range slices.Backward(held) {
		if m.What == "paxos."+message && m.From.Host() == from && m.To.Host() == to {
			s.World.Deliver(i)
			s.settle()
			return nil
		}
	}
	return fmt.Errorf("there is no %s from %s to %s on its way", message, from, to)
}

// exchange lets a request and its answer arrive, at each of some acceptors.
func (s *stage) exchange(request, answer, proposer, acceptors string) error {
	for _, a := range strings.Split(acceptors, "") {
		if err := s.deliver(request, proposer, a); err != nil {
			return err
		}
		if err := s.deliver(answer, a, proposer); err != nil {
			return err
		}
	}
	return nil
}

// holds returns what an acceptor has accepted.
func (s *stage) holds(acceptor string) paxos.Proposal {
	return s.Acceptor(s.Config.Acceptors[strings.Index("abc", acceptor)]).Memory().Accepted
}

// all runs steps until one fails.
func all(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
