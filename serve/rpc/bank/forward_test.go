package bank_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	door "github.com/parleysystems/parley/serve/rpc"
	"github.com/parleysystems/parley/serve/rpc/bank"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// program is one that calls a bank over TCP and has a log: a host without an address.
type program struct {
	t       *testing.T
	host    *live.Host
	forward *door.Forwarder
}

// run opens it in its directory and lets it make orders from the given one on, each to an
// account of its own, until it is stopped or there are enough. begun is told of each.
func run(t *testing.T, dir, address string, from, to int, begun chan<- int) *program {
	t.Helper()
	host, err := live.Open(live.Config{Name: "program", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	f, err := door.Forward(host, "bank", door.ClientConfig{Address: address, RetryAfter: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = host.Serve("customer", func() node.Node { return &orders{from: from, to: to, begun: begun} })
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t, host, f}
	t.Cleanup(p.stop)
	return p
}

func (p *program) stop() {
	if err := p.host.Close(); err != nil {
		p.t.Error(err)
	}
	if err := p.forward.Close(); err != nil {
		p.t.Error(err)
	}
}

// orders is its node.
type orders struct {
	from, to int
	begun    chan<- int
}

func (o *orders) Start(env node.Env) {
	client, err := rpc.NewClient(env, rpc.ClientConfig{Semantics: rpc.ExactlyOnce, RetryAfter: 100 * time.Millisecond})
	if err != nil {
		env.Halt(err)
		return
	}
	client.Resume()
	env.Go(func(t node.Task) {
		a := bank.NewAccountsClient(client, "program/bank")
		for n := o.from; n < o.to; n++ {
			o.begun <- n
			if b, err := a.Book(t, &bank.Order{Account: fmt.Sprint(n), Cents: 1}); err != nil {
				t.Env().Halt(fmt.Errorf("order %d ended with %v, %w", n, b, err))
				return
			}
		}
		o.begun <- o.to
	})
}

func (o *orders) Receive(node.Addr, node.Message) {}

// A program's calls over TCP are exactly once, over its own restarts and those of the
// server: an order that was begun is booked once, or was not logged and never is.
func TestExactlyOnceOverTCP(t *testing.T) {
	const all = 60
	bankDir, dir := t.TempDir(), filepath.Join(t.TempDir(), "program")
	s := serve(t, bankDir, "127.0.0.1:0")
	begun := make(chan int, 2*all)
	next := 0
	for _, stop := range []int{10, 25, 40, all} {
		p := run(t, dir, s.address, next, all, begun)
		for next < stop {
			next = <-begun
			if next == stop-5 { // the server, too
				s.close()
				s = serve(t, bankDir, s.address)
			}
		}
		if stop < all {
			p.stop()
			next++
			continue
		}
		p.audit(all)
	}
}

// audit reads all accounts: at most one order for each restart may be missing.
func (p *program) audit(all int) {
	p.t.Helper()
	done := make(chan error, 1)
	err := p.host.Serve("auditor", func() node.Node {
		return &customer{promise: rpc.AtMostOnce, server: "program/bank", task: func(t node.Task, a bank.AccountsClient) {
			missing := 0
			for n := range all {
				b, err := a.Look(t, &bank.Query{Account: fmt.Sprint(n)})
				switch {
				case err != nil:
					missing++
				case b.Cents != 1:
					done <- fmt.Errorf("order %d was booked %d times", n, b.Cents)
					return
				}
			}
			if missing > 3 {
				done <- fmt.Errorf("%d orders are missing", missing)
				return
			}
			done <- nil
		}}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := <-done; err != nil {
		p.t.Error(err)
	}
}
