package rsmtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Service is the name of the replicas' service on their hosts.
const Service = "replica"

// Options say what cluster to make.
type Options struct {
	// Engine makes a replica's engine; members is empty for one that joins later.
	Engine func(members []node.Addr) rsm.Engine
	// Hosts are the members that the group begins with; a, b, c if empty.
	Hosts []string
	// Spare hosts run a replica that belongs to no group yet.
	Spare []string
	// RSM is the replicas' knobs.
	RSM rsm.Config
	// Sim is the world; its seed is New's.
	Sim sim.Config
	// Watch, if not nil, is shown every running engine after every event, and
	// returns what it finds broken.
	Watch func(a node.Addr, e rsm.Engine) error
}

// Cluster is a group of replicas in a simulated world.
type Cluster struct {
	World  *sim.World
	Oracle *Oracle
	watch  func(node.Addr, rsm.Engine) error
	hosts  []string
	addrs  []node.Addr
}

// New makes a cluster. The caller closes its world.
func New(seed uint64, o Options) *Cluster {
	o.Sim.Seed = seed
	if len(o.Hosts) == 0 {
		o.Hosts = Names(3)
	}
	w := sim.New(o.Sim)
	c := &Cluster{World: w, Oracle: newOracle(), watch: o.Watch}
	var members []node.Addr
	for _, h := range o.Hosts {
		members = append(members, node.Join(h, Service))
	}
	for _, h := range o.Hosts {
		c.serve(h, o, members)
	}
	for _, h := range o.Spare {
		c.serve(h, o, nil)
	}
	w.OnEvent(func() { c.Oracle.observe(c) })
	return c
}

func (c *Cluster) serve(host string, o Options, members []node.Addr) {
	addr := node.Join(host, Service)
	c.World.Host(host).Serve(Service, func() node.Node {
		ledger := NewLedger()
		ledger.Applied = func(i rsm.Index, op uint64) { c.Oracle.applied(addr, i, op) }
		ledger.Local = func() string { return c.World.Host(host).Clock().Now().String() }
		c.Oracle.started(addr)
		return rsm.New(o.Engine(members), ledger, o.RSM)
	})
	c.hosts = append(c.hosts, host)
	c.addrs = append(c.addrs, addr)
}

// Names returns a, b, c and so on.
func Names(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = string(rune('a' + i))
	}
	return names
}

// Hosts returns all hosts' names, spare ones last.
func (c *Cluster) Hosts() []string { return c.hosts }

// Replica returns the running replica of a host, or nil.
func (c *Cluster) Replica(host string) *rsm.Replica {
	r, _ := c.World.Node(node.Join(host, Service)).(*rsm.Replica)
	return r
}

// Do runs f as an event of a host's replica. It returns false if that is down.
func (c *Cluster) Do(host string, f func(*rsm.Replica)) bool {
	return c.World.Do(node.Join(host, Service), func(n node.Node) { f(n.(*rsm.Replica)) })
}

// Leader returns the host whose replica leads under the highest number, or "".
func (c *Cluster) Leader() string {
	leader, epoch := "", uint64(0)
	for _, h := range c.hosts {
		if r := c.Replica(h); r != nil {
			if s := r.Status(); s.Role == rsm.Leading && (leader == "" || s.Epoch > epoch) {
				leader, epoch = h, s.Epoch
			}
		}
	}
	return leader
}

// Propose has a host's replica propose op, and returns where the outcome will be
// found.
func (c *Cluster) Propose(host string, op *Op) *Outcome {
	o := &Outcome{}
	command := encode(op)
	up := c.Do(host, func(r *rsm.Replica) {
		r.Propose(command, func(result []byte, err error) { o.Done, o.Result, o.Err = true, result, err })
	})
	if !up {
		o.Done, o.Err = true, fmt.Errorf("rsmtest: %s is down: %w", host, rsm.ErrNoLeader)
	}
	return o
}

// Read has a host's replica find out when its state is as fresh as level says.
func (c *Cluster) Read(host string, level rsm.Level) *Outcome {
	o := &Outcome{}
	up := c.Do(host, func(r *rsm.Replica) { r.Read(level, func(err error) { o.Done, o.Err = true, err }) })
	if !up {
		o.Done, o.Err = true, fmt.Errorf("rsmtest: %s is down: %w", host, rsm.ErrNoLeader)
	}
	return o
}

// Outcome is what became of a proposal, or of a read.
type Outcome struct {
	Done   bool
	Result []byte
	Err    error
}

// Await runs the world until all outcomes are there. It returns false if that
// takes longer than limit.
func (c *Cluster) Await(limit time.Duration, outcomes ...*Outcome) bool {
	return c.World.RunUntil(func() bool {
		for _, o := range outcomes {
			if !o.Done {
				return false
			}
		}
		return true
	}, limit)
}

// Converged returns nil once all members have applied the same commands and are
// in the same state.
func (c *Cluster) Converged() error {
	l := c.Leader()
	if l == "" {
		return fmt.Errorf("nobody leads")
	}
	lead := c.Replica(l)
	want := lead.Status()
	if want.Committed != want.Last {
		return fmt.Errorf("%s has committed %d of %d entries", l, want.Committed, want.Last)
	}
	if want.Changing {
		return fmt.Errorf("%s is changing the membership", l)
	}
	for _, m := range want.Members {
		r := c.Replica(m.Addr.Host())
		if r == nil {
			return fmt.Errorf("%s is down", m.Addr)
		}
		got := r.Status()
		switch {
		case got.Applied != want.Applied:
			return fmt.Errorf("%s (%v, epoch %d) has applied %d, %s (epoch %d) %d", m.Addr, got.Role, got.Epoch, got.Applied, l, want.Epoch, want.Applied)
		case got.Leader != want.Leader || got.Role != rsm.Leading && got.Role == rsm.Electing:
			return fmt.Errorf("%s is %v and follows %q, not %s", m.Addr, got.Role, got.Leader, l)
		case r.Digest() != lead.Digest():
			return fmt.Errorf("%s and %s have applied %d and differ", m.Addr, l, want.Applied)
		}
	}
	return nil
}
