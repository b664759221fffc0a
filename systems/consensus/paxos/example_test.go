package paxos_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// client wants its value chosen, and prints what was.
type client struct {
	proposers []node.Addr
	value     paxos.Value
}

func (c *client) Receive(node.Addr, node.Message) {}

func (c *client) Start(env node.Env) {
	env.Go(func(t node.Task) {
		v, err := paxos.Propose(t, c.proposers, c.value, time.Second, 3)
		fmt.Printf("wanted %s, chosen is %s, error: %v\n", c.value, v, err)
	})
}

// Three hosts play all roles; one of them is down. Two clients want different
// values, one after the other.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	var cfg paxos.Config
	for _, h := range []string{"a", "b", "c"} {
		cfg.Proposers = append(cfg.Proposers, node.Join(h, "proposer"))
		cfg.Acceptors = append(cfg.Acceptors, node.Join(h, "acceptor"))
		cfg.Learners = append(cfg.Learners, node.Join(h, "learner"))
	}
	cfg.Backoff = 50 * time.Millisecond
	for i, h := range []string{"a", "b", "c"} {
		w.Host(h).Serve("proposer", func() node.Node { return paxos.NewProposer(cfg) })
		w.Host(h).Serve("acceptor", func() node.Node { return paxos.NewAcceptor(cfg) })
		w.Host(h).Serve("learner", func() node.Node { return paxos.NewLearner(cfg) })
		if i == 2 {
			w.Host(h).Crash()
		}
	}
	w.Host("d").Serve("client", func() node.Node { return &client{cfg.Proposers, "tea"} })
	w.Run(time.Second)
	w.Host("e").Serve("client", func() node.Node { return &client{cfg.Proposers, "coffee"} })
	w.Run(time.Second)
	w.Host("c").Restart()
	w.Run(time.Second)
	fmt.Println("c has learned", w.Node("c/learner").(*paxos.Learner).Learned())

	// Output:
	// wanted tea, chosen is tea, error: <nil>
	// wanted coffee, chosen is tea, error: <nil>
	// c has learned tea
}
