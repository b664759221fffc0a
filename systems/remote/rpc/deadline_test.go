package rpc_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// A call ends when its time is over, whatever the client's patience, and the calls of the same
// client without a limit do not; what is begun within one limit and another has
// numbers of its own.
func TestACallEndsWhenItsTimeIsOver(t *testing.T) {
	const limit = 2500 * time.Millisecond
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	runs := 0
	w.Host("bank").Serve("accounts", func() node.Node {
		s := rpc.NewServer(rpc.Config{Semantics: rpc.AtMostOnce})
		rpc.HandleOutside(s, "slow", func(t node.Task, d *Debit) (*Balance, error) {
			runs++
			t.Sleep(time.Duration(d.Amount) * time.Second)
			return &Balance{Left: d.Amount}, nil
		})
		return s
	})
	checked := false
	w.Host("till").Serve("client", func() node.Node {
		return &caller{task: func(task node.Task, c *rpc.Client) {
			began := task.Env().Elapsed()
			_, err := rpc.Call[Debit, Balance](task, c.Within(limit), "bank/accounts", "slow", &Debit{4})
			if took := task.Env().Elapsed() - began; took != limit || !errors.Is(err, node.ErrTimeout) {
				t.Errorf("a call with %v ended after %v: %v", limit, took, err)
			}
			if b, err := rpc.Call[Debit, Balance](task, c.Within(limit), "bank/accounts", "slow", &Debit{2}); err != nil || b.Left != 2 {
				t.Errorf("a call that takes less: %v, %v", b, err)
			}
			if b, err := rpc.Call[Debit, Balance](task, c, "bank/accounts", "slow", &Debit{4}); err != nil || b.Left != 4 {
				t.Errorf("a call without a limit: %v, %v", b, err)
			}
			checked = true
		}}
	})
	w.Run(time.Minute)
	if !checked || runs != 3 {
		t.Errorf("of three calls %d ran, to the end: %v", runs, checked)
	}
}
