package bank_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	door "github.com/parleysystems/parley/serve/rpc"
	"github.com/parleysystems/parley/serve/rpc/bank"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// customer is a node that runs one task with the stubs.
type customer struct {
	promise rpc.Semantics // of its client
	server  node.Addr
	resumed func(*rpc.Reply)
	task    func(node.Task, bank.AccountsClient)
}

func (c *customer) Start(env node.Env) {
	client, err := rpc.NewClient(env, rpc.ClientConfig{
		Semantics: c.promise, RetryAfter: 50 * time.Millisecond, Tries: 20,
		Resumed: func(_ node.Addr, _ string, r *rpc.Reply) { c.resumed(r) },
	})
	if err != nil {
		env.Halt(err)
		return
	}
	client.Resume()
	env.Go(func(t node.Task) { c.task(t, bank.NewAccountsClient(client, c.server)) })
}

func (c *customer) Receive(node.Addr, node.Message) {}

// day is a run in the simulator: orders of 10 euros, each to an account of its own, so
// that the account says how often its order was booked.
type day struct {
	t      *testing.T
	w      *sim.World
	orders int
	ended  map[string]bool // by account
	handed int             // banknotes
	told   int             // calls of Dispense that had a result
}

const price = 1000

// trade makes orders until there are 20, over all incarnations of the client.
func (d *day) trade(task node.Task, a bank.AccountsClient) {
	for d.orders < 20 {
		d.orders++
		account := fmt.Sprint(d.orders)
		if b, err := a.Book(task, &bank.Order{Account: account, Cents: price}); err != nil {
			d.t.Errorf("order %s ended with %v, %v", account, b, err)
		}
		d.ended[account] = true
		if b, err := a.Look(task, &bank.Query{Account: account}); err == nil && b.Cents != price {
			d.t.Errorf("account %s: %v", account, b)
		}
		if _, err := a.Dispense(task, &bank.Order{Cents: 500}); err == nil {
			d.told++
		}
	}
}

// resumed is the end of an order of an earlier incarnation.
func (d *day) resumed(r *rpc.Reply) {
	var b bank.Balance
	if err := wire.UnmarshalBody(r.Result, &b); err != nil || len(b.Entries) != 1 {
		d.t.Errorf("an order ended with %v, %v", r, err)
		return
	}
	d.ended[b.Entries[0].Order.Account] = true
}

// audit reads all accounts.
func (d *day) audit(task node.Task, a bank.AccountsClient) {
	for n := range d.orders {
		account := fmt.Sprint(n + 1)
		b, err := a.Look(task, &bank.Query{Account: account})
		var e *rpc.Error
		switch {
		case errors.As(err, &e) && e.Status == rpc.Failed && !d.ended[account]: // it had not been logged when its client died
		case err != nil || b.Cents != price || b.Kind != bank.Kind_KIND_SAVINGS:
			d.t.Errorf("account %s, ended %v: %v, %v", account, d.ended[account], b, err)
		}
	}
	var e *rpc.Error
	if _, err := a.Book(task, &bank.Order{Account: "1", Cents: 1}); !errors.As(err, &e) || !e.SurelyNot() {
		d.t.Errorf("exactly once without a log: %v", err)
	}
	d.ended["audit"] = true
}

// A third of all messages is lost, each is doubled, and client and server crash: what
// promises once ran once, and what promises less did no harm.
func TestStubsInTheSimulator(t *testing.T) {
	for seed := range uint64(20) {
		d := &day{t: t, ended: map[string]bool{}}
		d.w = sim.New(sim.Config{Seed: seed, Link: sim.Link{
			Loss: 0.3, Duplicate: 0.9, Reorder: 0.5, Delay: sim.LongTail(time.Millisecond, time.Second),
		}})
		d.w.Host("bank").Serve("accounts", func() node.Node {
			return bank.NewServer(rpc.Config{}, func(uint32) { d.handed++ })
		})
		d.w.Host("c").Serve("customer", func() node.Node { return &customer{rpc.ExactlyOnce, "bank/accounts", d.resumed, d.trade} })
		for i, host := range []string{"bank", "c", "bank", "c"} {
			at := time.Duration(i+1) * 700 * time.Millisecond
			d.w.At(at, d.w.Host(host).Crash)
			d.w.At(at+100*time.Millisecond, d.w.Host(host).Restart)
		}
		d.w.Run(5 * time.Minute)
		d.w.Host("d").Serve("auditor", func() node.Node { return &customer{rpc.AtMostOnce, "bank/accounts", nil, d.audit} })
		d.w.Run(5 * time.Minute)
		if d.orders < 20 || !d.ended["audit"] {
			t.Errorf("seed %d: %d orders were made, audited %v", seed, d.orders, d.ended["audit"])
		}
		if d.handed < d.told || d.handed > d.orders {
			t.Errorf("seed %d: %d banknotes were handed out, %d of %d calls had one as their result", seed, d.handed, d.told, d.orders)
		}
		d.w.Close()
	}
}

// server is a live host with a bank, and a door to it.
type server struct {
	host    *live.Host
	door    *door.Door
	address string
}

func serve(t *testing.T, dir, address string) *server {
	t.Helper()
	host, err := live.Open(live.Config{Name: "bank", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Serve("accounts", func() node.Node { return bank.NewServer(rpc.Config{}, func(uint32) {}) }); err != nil {
		t.Fatal(err)
	}
	d, err := door.Listen(door.Config{Host: host, Service: "accounts", Listen: address})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{host, d, d.Addr()}
	t.Cleanup(s.close)
	return s
}

func (s *server) close() {
	s.door.Close()
	s.host.Close()
}

func TestStubsOverTCP(t *testing.T) {
	c, err := door.Dial(door.ClientConfig{Address: serve(t, t.TempDir(), "127.0.0.1:0").address, RetryAfter: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a := bank.NewAccountsTCPClient(c)
	purpose := ""
	if _, err := a.Book(t.Context(), &bank.Order{Account: "ann", Cents: 1500, Purpose: &purpose}); err != nil {
		t.Fatal(err)
	}
	b, err := a.Look(t.Context(), &bank.Query{Account: "ann"})
	if err != nil || b.Cents != 1500 || len(b.Entries) != 1 || b.Entries[0].Order.Purpose == nil || *b.Entries[0].Order.Purpose != "" {
		t.Errorf("look: %v, %v", b, err)
	}
	n, err := a.Dispense(t.Context(), &bank.Order{Account: "ann", Cents: 8500})
	if err != nil || fmt.Sprint(n.Values) != "[50 20 10 5]" {
		t.Errorf("dispense: %v, %v", n, err)
	}
	var e *door.Error
	if _, err := a.Book(t.Context(), &bank.Order{Account: "ann", Cents: -1501}); !errors.As(err, &e) || e.Status != rpc.Failed {
		t.Errorf("an overdraft: %v", err)
	}
}

// The stubs of a node work live as they do simulated.
func TestStubsOnALiveHost(t *testing.T) {
	host, err := live.Open(live.Config{Name: "bank", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	if err := host.Serve("accounts", func() node.Node { return bank.NewServer(rpc.Config{}, func(uint32) {}) }); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	err = host.Serve("customer", func() node.Node {
		return &customer{promise: rpc.ExactlyOnce, server: "bank/accounts", task: func(task node.Task, a bank.AccountsClient) {
			b, err := a.Book(task, &bank.Order{Account: "ann", Cents: 7})
			if err == nil && b.Cents != 7 {
				err = fmt.Errorf("the balance is %d", b.Cents)
			}
			done <- err
		}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
