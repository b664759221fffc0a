package live_test

import (
	"fmt"
	"log"
	"os"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Deposit asks for an account to be raised; the answer is its new Balance.
type Deposit struct {
	Amount uint64 `wire:"1"`
}

type Balance struct {
	Amount uint64 `wire:"1"`
}

var (
	_ = wire.Register[Deposit]("live_example.Deposit")
	_ = wire.Register[Balance]("live_example.Balance")
)

// Account keeps a balance in its log. It never syncs and cannot answer too
// early: the answer leaves once the record before it is durable.
type Account struct {
	env     node.Env
	log     node.Log
	balance uint64
}

func (a *Account) Start(env node.Env) {
	a.env, a.log = env, env.Log("deposits")
	for _, record := range a.log.Records(0) {
		a.apply(record)
	}
}

func (a *Account) Receive(from node.Addr, m node.Message) {
	record, err := wire.AppendBody(nil, m.(*Deposit))
	if err != nil {
		a.env.Halt(err)
		return
	}
	a.log.Append(record)
	a.apply(record)
	a.env.Send(from, &Balance{a.balance})
}

func (a *Account) apply(record []byte) {
	var d Deposit
	if err := wire.UnmarshalBody(record, &d); err != nil {
		a.env.Halt(err)
		return
	}
	a.balance += d.Amount
}

// Client is driven by a door: a function that is posted onto its loop.
type Client struct{ env node.Env }

func (c *Client) Start(env node.Env)              { c.env = env }
func (c *Client) Receive(node.Addr, node.Message) {}

// A host that keeps an account, and one that is its guest, with the program
// around them.
func Example() {
	dir, err := os.MkdirTemp("", "account")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	bank, err := live.Open(live.Config{Name: "bank", Dir: dir + "/bank", Listen: "127.0.0.1:0"})
	if err != nil {
		log.Fatal(err)
	}
	defer bank.Close()
	bank.Serve("account", func() node.Node { return &Account{} })

	shop, err := live.Open(live.Config{
		Name: "shop", Dir: dir + "/shop", Peers: map[string]string{"bank": bank.Addr()},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer shop.Close()
	shop.Serve("client", func() node.Node { return &Client{} })

	done := make(chan struct{})
	shop.Do("client", func(n node.Node) {
		n.(*Client).env.Go(func(t node.Task) {
			defer close(done)
			for _, amount := range []uint64{40, 2} {
				answer, err := t.Call("bank/account", &Deposit{amount}, patience)
				fmt.Println(answer.(*Balance).Amount, err)
			}
		})
	})
	select {
	case <-done:
	case <-shop.Done(): // f may not run on a host that stops
	}
	// Output:
	// 40 <nil>
	// 42 <nil>
}
