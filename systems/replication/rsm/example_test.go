package rsm_test

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// adder is a client on a host without a replica: a task that adds and asks.
type adder struct{}

func (adder) Receive(node.Addr, node.Message) {}

func (adder) Start(env node.Env) {
	env.Go(func(t node.Task) {
		c := rsm.NewClient(env, servers, rsm.ClientConfig{})
		for range 3 {
			sum, err := c.Execute(t, []byte("add one"))
			if err != nil {
				fmt.Println(err, "- and surely not executed:", rsm.SurelyNot(err))
				return
			}
			fmt.Println("added, and the sum is", binary.BigEndian.Uint64(sum))
		}
		answer, err := c.Ask(t, rsm.Linearizable, &howMuch{})
		fmt.Println("asked:", answer.(*howMuch).Sum, err)
	})
}

// A service is a state machine (here counter: every command adds one), an
// engine that orders its commands, and a Replica on each host that joins the
// two. Clients find the leader, retry, and still count every command once.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	for _, s := range servers {
		w.Host(s.Host()).Serve(s.Service(), func() node.Node {
			return rsm.New(raft.New(raft.Config{Members: servers}), &counter{}, rsm.Config{})
		})
	}
	w.Host("x").Serve("adder", func() node.Node { return adder{} })
	w.Run(10 * time.Second)

	// Output:
	// added, and the sum is 1
	// added, and the sum is 2
	// added, and the sum is 3
	// asked: 3 <nil>
}
