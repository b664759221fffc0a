package multicast_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// Account is a copy of a bank account: the application of one replica.
type Account struct{ Balance int }

// Deliver executes an update.
func (a *Account) Deliver(d multicast.Delivery) {
	if string(d.Body) == "deposit" {
		a.Balance += 100
	} else {
		a.Balance += a.Balance / 100
	}
}

// Snapshot and Restore stand in for the log's oldest records.
func (a *Account) Snapshot() []byte { return fmt.Append(nil, a.Balance) }

// Restore implements multicast.Application.
func (a *Account) Restore(s []byte) error {
	_, err := fmt.Sscan(string(s), &a.Balance)
	return err
}

// Two copies of an account get a deposit and the interest at the same time, at
// different places, and agree which came first.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"paris/account", "oslo/account"}
	copies := map[node.Addr]*Account{}
	for _, m := range members {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			copies[m] = &Account{Balance: 1000}
			return multicast.NewTotal(multicast.Config{Members: members}, copies[m])
		})
	}
	submit := func(at node.Addr, update string) {
		w.Do(at, func(n node.Node) {
			if _, err := n.(*multicast.Member).Submit([]byte(update)); err != nil {
				fmt.Println(err)
			}
		})
	}
	submit("paris/account", "deposit")
	submit("oslo/account", "interest")
	w.Run(time.Second)

	fmt.Println(copies["paris/account"].Balance, copies["oslo/account"].Balance)
	// Output: 1111 1111
}
