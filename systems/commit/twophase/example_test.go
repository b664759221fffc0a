package twophase_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// customer moves money between two banks, and then more than there is.
type customer struct{ coordinator, from, to node.Addr }

func (c *customer) Receive(node.Addr, node.Message) {}

func (c *customer) Start(env node.Env) {
	env.Go(func(t node.Task) {
		client := twophase.NewClient(env, []node.Addr{c.coordinator}, twophase.ClientConfig{})
		for _, amount := range []int64{30, 80} {
			err := c.transfer(t, client, amount)
			fmt.Printf("transfer of %d: %v (surely nothing happened: %v)\n", amount, err, twophase.SurelyNot(err))
		}
	})
}

func (c *customer) transfer(t node.Task, client *twophase.Client, amount int64) error {
	tx, err := client.Begin(t)
	if err != nil {
		return err
	}
	if _, err := tx.Call(t, c.from, bank.Add("alice", -amount)); err != nil {
		return err
	}
	if _, err := tx.Call(t, c.to, bank.Add("bob", amount)); err != nil {
		return err
	}
	return tx.Commit(t)
}

// Two banks and a coordinator, each on a host of its own. The coordinator crashes
// in the middle of the first transfer, and comes back.
func Example() {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{Delay: sim.Constant(10 * time.Millisecond)}})
	defer w.Close()
	coordinator := w.Host("c").Serve("coordinator", func() node.Node { return twophase.NewCoordinator(twophase.Config{}) })
	from := w.Host("a").Serve("bank", func() node.Node {
		return twophase.NewParticipant(bank.New(map[string]int64{"alice": 100}), twophase.Config{})
	})
	to := w.Host("b").Serve("bank", func() node.Node {
		return twophase.NewParticipant(bank.New(map[string]int64{"bob": 100}), twophase.Config{})
	})
	w.Host("x").Serve("customer", func() node.Node { return &customer{coordinator, from, to} })

	w.After(95*time.Millisecond, w.Host("c").Crash) // all have voted, and Commit is on its way
	w.After(2*time.Second, w.Host("c").Restart)
	w.Run(10 * time.Second)
	for _, at := range []node.Addr{from, to} {
		b := w.Node(at).(*twophase.Participant).Resource().(*bank.Bank)
		fmt.Printf("%s has %d\n", at.Host(), b.Total())
	}

	// Output:
	// transfer of 30: <nil> (surely nothing happened: false)
	// transfer of 80: twophase: c/coordinator:2.1: aborted (surely nothing happened: true)
	// a has 70
	// b has 130
}
