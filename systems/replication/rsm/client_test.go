package rsm_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// deceived is a server whose network delivers every command twice: the first
// copy is executed and its answer lost, the second one is answered.
type deceived struct {
	env      node.Env
	answer   error // to second copies
	opened   uint64
	executed int
}

func (d *deceived) Start(env node.Env) { d.env = env }

func (d *deceived) Receive(from node.Addr, m node.Message) {
	switch q := m.(*rsm.Request); q.Kind {
	case rsm.OpenSession:
		d.opened++
		d.env.Send(from, &rsm.Response{Session: d.opened})
	case rsm.Command:
		d.executed++
		d.env.Send(from, &rsm.Response{Code: rsm.CodeOf(d.answer)})
	}
}

// asked runs a client of such a server.
func asked(t *testing.T, answer error, run func(node.Task, *rsm.Client)) *deceived {
	w := sim.New(sim.Config{Seed: 1})
	t.Cleanup(w.Close)
	d := &deceived{answer: answer}
	w.Host("a").Serve("rsm", func() node.Node { return d })
	finished := false
	w.Host("x").Serve("client", func() node.Node {
		return &asker{func(task node.Task) {
			cfg := rsm.ClientConfig{Timeout: 300 * time.Millisecond, RetryAfter: 100 * time.Millisecond}
			run(task, rsm.NewClient(task.Env(), []node.Addr{"a/rsm"}, cfg))
			finished = true
		}}
	})
	if !w.RunUntil(func() bool { return finished }, time.Hour) {
		t.Fatal("the client does not come to an end")
	}
	return d
}

type asker struct{ run func(node.Task) }

func (a *asker) Start(env node.Env)            { env.Go(a.run) }
func (*asker) Receive(node.Addr, node.Message) {}

// I2 and I6 hold for a network that duplicates: the copy that met an expired
// session, or a server that does not lead, is not the only one.
func TestOneCopysRefusalDoesNotSpeakForTheOther(t *testing.T) {
	for _, answer := range []error{rsm.ErrSessionExpired, rsm.ErrNotLeader, rsm.ErrNoLeader, rsm.ErrBusy} {
		asked(t, answer, func(task node.Task, c *rsm.Client) {
			if _, err := c.Execute(task, []byte("add")); !errors.Is(err, rsm.ErrUnknown) || rsm.SurelyNot(err) {
				t.Errorf("a copy that was answered %q: %v", answer, err)
			}
		})
	}
}

func TestACommandIsNotRepeatedInAnotherSession(t *testing.T) {
	d := asked(t, rsm.ErrSessionExpired, func(task node.Task, c *rsm.Client) {
		for range 3 {
			if _, err := c.Execute(task, []byte("add")); !errors.Is(err, rsm.ErrSessionExpired) {
				t.Error(err)
			}
		}
	})
	if d.executed != 3 || d.opened != 3 {
		t.Errorf("3 commands came %d times, in %d sessions", d.executed, d.opened)
	}
}

// A session that has been idle for long is not put to the test.
func TestAnIdleSessionIsRenewed(t *testing.T) {
	d := asked(t, nil, func(task node.Task, c *rsm.Client) {
		for _, pause := range []time.Duration{0, 59 * time.Second, 61 * time.Second} {
			task.Sleep(pause)
			if _, err := c.Execute(task, []byte("add")); err != nil {
				t.Error(err)
			}
		}
	})
	if d.executed != 3 || d.opened != 2 {
		t.Errorf("3 commands ran %d times, in %d sessions", d.executed, d.opened)
	}
}
