package rsmtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// remote is a client on a host without a replica. If its host crashes, what was
// under way is lost and the next incarnation goes on with the next operation.
type remote struct{ *client }

// move gives the client a host of its own.
func (c *client) move() {
	c.all.Cluster.World.Host(fmt.Sprintf("x%d", c.number)).Serve("client", func() node.Node { return remote{c} })
}

// Start makes one operation after the other.
func (c remote) Start(env node.Env) {
	if c.current != nil {
		c.current.lose(errDown)
	}
	l := &c.all.Load
	servers := l.servers()
	group := rsm.NewClient(env, servers, rsm.ClientConfig{Timeout: l.Patience, RetryAfter: l.Retry})
	env.Go(func(t node.Task) { c.work(t, group) })
}

func (l *Load) servers() (all []node.Addr) {
	for _, host := range l.Hosts {
		all = append(all, node.Join(host, Service))
	}
	return all
}

// group is a way to talk to the replicas.
type group interface {
	Execute(t node.Task, command []byte) ([]byte, error)
	Ask(t node.Task, level rsm.Level, question any) (any, error)
}

func (c remote) work(t node.Task, group group) {
	for ; c.left > 0 && !c.all.stopped; c.left-- {
		t.Sleep(time.Duration(c.rand.Int64N(int64(max(c.all.Load.Think, 1)))) + 1)
		c.ask(t, group)
	}
	c.finish()
}

// Receive gets nothing: answers go to the calls of the task.
func (remote) Receive(node.Addr, node.Message) {}

func (c remote) ask(t node.Task, group group) {
	in := c.requests.Next()
	level := c.all.Load.Levels[c.rand.IntN(len(c.all.Load.Levels))]
	o := &operation{client: c.client, id: c.all.History.Invoke(c.number, in)}
	c.current = o
	if in.ReadOnly() && level != Log {
		answer, err := group.Ask(t, level, &Get{Key: in.Key})
		if err != nil {
			o.fail(err)
			return
		}
		o.ok(answer.(*Got).response())
		return
	}
	result, err := group.Execute(t, encode(opOf(o.id, in)))
	got := &Got{}
	switch {
	case err == nil && wire.UnmarshalBody(result, got) == nil:
		o.ok(got.response())
	case err == nil:
		panic(fmt.Sprintf("rsmtest: result %x of operation %d", result, o.id))
	case rsm.SurelyNot(err):
		o.fail(err)
	default:
		o.lose(err)
	}
}
