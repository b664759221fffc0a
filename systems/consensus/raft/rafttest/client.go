package rafttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// History is what clients of the experiments saw.
type History = workload.History[workload.Request, workload.Response]

// recorder records it.
type recorder = workload.Recorder[workload.Request, workload.Response]

// Clients is a population of clients, each with one operation at a time.
type Clients struct {
	Cluster *Cluster
	History *recorder
	Load    Load
	active  int
	stopped bool
}

// Load says what clients do.
type Load struct {
	Seed    uint64
	Clients int
	// Each is how many operations a client makes.
	Each int
	Mix  workload.Mix
	// Think is the longest pause between two operations.
	Think time.Duration
	// Patience is how long a client waits for an answer.
	Patience time.Duration
	// Hosts are whom they ask; nil for all hosts of the cluster.
	Hosts []string
	// Levels are the ways to read, drawn for each read: by a level, or, if Log
	// is drawn, by a command in the log.
	Levels []rsm.Level
	// Follow makes a client ask the leader that the harness sees, if any.
	Follow bool
	// Remote puts each client on a host of its own (x0, x1, ...), from where it
	// asks by rsm.Client, which finds the leader and sends again. Otherwise
	// clients enter at a replica, as those of a door do.
	Remote bool
	// Retry is how long a remote client waits for one server.
	Retry time.Duration
}

// Log stands among Levels for reading by a command.
const Log rsm.Level = 255

// Start lets the clients begin.
func (k *Cluster) Start(l Load) *Clients {
	c := &Clients{Cluster: k, History: workload.NewRecorder[workload.Request, workload.Response](k.World.Now), Load: l}
	if len(l.Hosts) == 0 {
		c.Load.Hosts = k.hosts
	}
	if len(l.Levels) == 0 {
		c.Load.Levels = []rsm.Level{rsm.Linearizable}
	}
	for n := range l.Clients {
		one := &client{
			all: c, number: n, left: l.Each,
			requests: workload.NewGenerator(l.Mix, l.Seed, n),
			rand:     rand.New(rand.NewPCG(l.Seed, uint64(n)+1<<32)),
		}
		c.active++
		if l.Remote {
			one.move()
		} else {
			one.later()
		}
	}
	return c
}

// Stop lets no client begin another operation.
func (c *Clients) Stop() { c.stopped = true }

// Idle tells whether all clients are through.
func (c *Clients) Idle() bool { return c.active == 0 }

type client struct {
	all      *Clients
	number   int
	left     int
	requests *workload.Generator
	rand     *rand.Rand
	current  *operation
}

var (
	errDown     = errors.New("the host is down")
	errPatience = errors.New("no answer within the client's patience")
)

// later makes the next operation after a pause.
func (c *client) later() {
	if c.left == 0 || c.all.stopped {
		c.all.active--
		return
	}
	c.left--
	pause := time.Duration(c.rand.Int64N(int64(max(c.all.Load.Think, 1)))) + 1
	c.all.Cluster.World.After(pause, c.operate)
}

func (c *client) operate() {
	if c.all.stopped {
		c.all.active--
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
				panic(fmt.Sprintf("rafttest: result of operation %d: %v", o.id, err))
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
	r.Read(level, func(err error) {
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
