package rsmtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

type client struct {
	all      *Clients
	number   int
	left     int
	requests *workload.Generator
	rand     *rand.Rand
	current  *operation
	finished bool
}

// finish is called when the client is through, by each incarnation of its host.
func (c *client) finish() {
	if !c.finished {
		c.finished = true
		c.all.active--
	}
}

var (
	errDown     = errors.New("the host is down")
	errPatience = errors.New("no answer within the client's patience")
)

// later makes the next operation after a pause.
func (c *client) later() {
	if c.left == 0 || c.all.stopped {
		c.finish()
		return
	}
	c.left--
	pause := time.Duration(c.rand.Int64N(int64(max(c.all.Load.Think, 1)))) + 1
	c.all.Cluster.World.After(pause, c.operate)
}

func (c *client) operate() {
	if c.all.stopped {
		c.finish()
		return
	}
	l := &c.all.Load
	in := c.requests.Next()
	host := l.Hosts[c.rand.IntN(len(l.Hosts))]
	level := l.Levels[c.rand.IntN(len(l.Levels))]
	if leader := c.all.Cluster.Leader(); l.Follow && leader != "" {
		host = leader
	}
	op := &operation{client: c, id: c.all.History.Invoke(c.number, in)}
	c.all.Cluster.World.After(l.Patience, func() { op.lose(errPatience) })
	asked := c.all.Cluster.Do(host, func(r *rsm.Replica) {
		if in.ReadOnly() && level != Log {
			op.read(r, in.Key, level)
		} else {
			op.propose(r, in)
		}
	})
	if !asked {
		op.fail(errDown)
	}
}

// operation is one that has begun. The first end that comes counts.
type operation struct {
	client *client
	id     int
	over   bool
}

func (o *operation) propose(r *rsm.Replica, in workload.Request) {
	r.Propose(encode(opOf(o.id, in)), func(result []byte, err error) {
		switch {
		case err == nil:
			got := &Got{}
			if err := wire.UnmarshalBody(result, got); err != nil {
				panic(fmt.Sprintf("rsmtest: result of operation %d: %v", o.id, err))
			}
			o.ok(got.response())
		case rsm.SurelyNot(err):
			o.fail(err)
		default:
			o.lose(err)
		}
	})
}

func (o *operation) read(r *rsm.Replica, key string, level rsm.Level) {
	r.ReadOf(key, level, func(err error) {
		if err != nil {
			o.fail(err) // a read without an answer has no effect
			return
		}
		o.ok(r.Query(&Get{Key: key}).(*Got).response())
	})
}

// opOf is a request as a command. Operations of a history are numbered from 0,
// commands from 1.
func opOf(id int, in workload.Request) *Op {
	return &Op{
		ID: uint64(id) + 1, Verb: uint8(in.Verb), Key: in.Key,
		Value: in.Value, Expect: in.Expect, Delta: in.Delta,
	}
}

func (g *Got) response() workload.Response {
	return workload.Response{Value: g.Value, Number: g.Number, Done: g.Done}
}

// Commits returns the operations of the history in the order of execution, for
// check.CommitOrder.
func (c *Clients) Commits() []int {
	var ids []int
	for _, op := range c.Cluster.Oracle.Executed() {
		if op >= probeID {
			continue
		}
		ids = append(ids, int(op)-1)
	}
	return ids
}

func (o *operation) ok(out workload.Response) {
	o.end(func(h *recorder) { h.OK(o.id, out) })
}

func (o *operation) fail(err error) {
	o.end(func(h *recorder) { h.Fail(o.id, err) })
}

func (o *operation) lose(err error) {
	o.end(func(h *recorder) { h.Lose(o.id, err) })
}

func (o *operation) end(record func(*recorder)) {
	if o.over {
		return
	}
	o.over = true
	record(o.client.all.History)
	if !o.client.all.Load.Remote {
		o.client.later()
	}
}
