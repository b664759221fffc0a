package rafttest

import (
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
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
	asked   map[int]string // hosts, by operation, of clients that enter at a replica
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
	// Pipelined puts the remote clients on one host and has them share an
	// rsm.Pipeline, so that their operations travel together.
	Pipelined bool
	// Retry is how long a remote client waits for one server.
	Retry time.Duration
}

// Log stands among Levels for reading by a command.
const Log rsm.Level = 255

// Start lets the clients begin.
func (k *Cluster) Start(l Load) *Clients {
	c := &Clients{Cluster: k, History: workload.NewRecorder[workload.Request, workload.Response](k.World.Now), Load: l, asked: map[int]string{}}
	if len(l.Hosts) == 0 {
		c.Load.Hosts = k.hosts
	}
	if len(l.Levels) == 0 {
		c.Load.Levels = []rsm.Level{rsm.Linearizable}
	}
	together := &pipelined{all: c}
	for n := range l.Clients {
		one := &client{
			all: c, number: n, left: l.Each,
			requests: workload.NewGenerator(l.Mix, l.Seed, n),
			rand:     rand.New(rand.NewPCG(l.Seed, uint64(n)+1<<32)),
		}
		c.active++
		switch {
		case l.Remote && l.Pipelined:
			together.clients = append(together.clients, one)
		case l.Remote:
			one.move()
		default:
			one.later()
		}
	}
	if len(together.clients) > 0 {
		k.World.Host("x0").Serve("client", func() node.Node { return together })
	}
	return c
}

// Stop lets no client begin another operation.
func (c *Clients) Stop() { c.stopped = true }

// Idle tells whether all clients are through.
func (c *Clients) Idle() bool { return c.active == 0 }
