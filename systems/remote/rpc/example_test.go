package rpc_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Debit is the arguments of a procedure, Balance its result.
type Debit struct {
	Amount int `wire:"1"`
}

type Balance struct {
	Left int `wire:"1"`
}

// Account is the state of the server.
type Account struct{ Left int }

// Debit is the procedure. It is an ordinary function: it knows nothing of messages.
func (a *Account) Debit(d *Debit) (*Balance, error) {
	if d.Amount > a.Left {
		return nil, fmt.Errorf("%d is more than the %d that are left", d.Amount, a.Left)
	}
	a.Left -= d.Amount
	return &Balance{a.Left}, nil
}

// Snapshot and Restore let the server's log begin anew now and then.
func (a *Account) Snapshot() []byte { return fmt.Append(nil, a.Left) }

// Restore implements rpc.State.
func (a *Account) Restore(s []byte) error { _, err := fmt.Sscan(string(s), &a.Left); return err }

// caller is a node that runs one task.
type caller struct {
	cfg  rpc.ClientConfig
	task func(node.Task, *rpc.Client)
}

func (c *caller) Start(env node.Env) {
	client, err := rpc.NewClient(env, c.cfg)
	if err != nil {
		env.Halt(err)
		return
	}
	client.Resume()
	env.Go(func(t node.Task) { c.task(t, client) })
}

func (c *caller) Receive(node.Addr, node.Message) {}

// Half of all messages are lost, and each is delivered twice. Every debit is made
// once.
func Example() {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{Loss: 0.5, Duplicate: 1}})
	defer w.Close()
	w.Host("bank").Serve("accounts", func() node.Node {
		account := &Account{Left: 100}
		s := rpc.NewServer(rpc.Config{Semantics: rpc.AtMostOnce, State: account})
		rpc.Handle(s, "debit", account.Debit)
		return s
	})
	w.Host("till").Serve("client", func() node.Node {
		return &caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, Tries: 20}, task: func(t node.Task, c *rpc.Client) {
			for _, amount := range []int{30, 50, 40} {
				b, err := rpc.Call[Debit, Balance](t, c, "bank/accounts", "debit", &Debit{amount})
				if err != nil {
					fmt.Println(err)
					continue
				}
				fmt.Println(b.Left, "left")
			}
		}}
	})
	w.Run(time.Minute)
	// Output:
	// 70 left
	// 20 left
	// rpc: call debit of bank/accounts as till/client#3: failed: 40 is more than the 20 that are left
}
