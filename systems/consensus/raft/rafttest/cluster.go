package rafttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Service is the name of the replicas' service on their hosts.
const Service = "raft"

// Options say what cluster to make. The zero value is three hosts on a quiet
// local network.
type Options struct {
	// Hosts are the voters that the group begins with; a, b, c if empty.
	Hosts []string
	// Spare hosts run a replica that belongs to no group yet.
	Spare []string
	// Raft and RSM are the replicas' knobs. Raft.Members is filled in.
	Raft raft.Config
	RSM  rsm.Config
	// Sim is the world; its seed is New's.
	Sim sim.Config
	// Unchecked leaves out the checks after every event, for benchmarks.
	Unchecked bool
}

// Cluster is a group of replicas in a simulated world.
type Cluster struct {
	World  *sim.World
	Oracle *Oracle
	hosts  []string
	addrs  []node.Addr
}

// New makes a cluster. The caller closes its world.
func New(seed uint64, o Options) *Cluster {
	o.Sim.Seed = seed
	return In(sim.New(o.Sim), o)
}

// In makes a cluster in a world that exists.
func In(w *sim.World, o Options) *Cluster {
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"a", "b", "c"}
	}
	c := &Cluster{World: w, Oracle: newOracle()}
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
	if !o.Unchecked {
		w.OnEvent(func() { c.Oracle.observe(c) })
	}
	return c
}

func (c *Cluster) serve(host string, o Options, members []node.Addr) {
	cfg := o.Raft
	cfg.Members = members
	addr := node.Join(host, Service)
	c.World.Host(host).Serve(Service, func() node.Node {
		ledger := NewLedger()
		ledger.Applied = func(i rsm.Index, op uint64) { c.Oracle.applied(addr, i, op) }
		ledger.Local = func() string { return c.World.Host(host).Clock().Now().String() }
		c.Oracle.started(addr)
		return rsm.New(raft.New(cfg), ledger, o.RSM)
	})
	c.hosts = append(c.hosts, host)
	c.addrs = append(c.addrs, addr)
}

// Addrs returns all replicas' addresses, spare ones last.
func (c *Cluster) Addrs() []node.Addr { return c.addrs }

// Hosts returns all hosts' names, spare ones last.
func (c *Cluster) Hosts() []string { return c.hosts }

// Replica returns the running replica of a host, or nil.
func (c *Cluster) Replica(host string) *rsm.Replica {
	r, _ := c.World.Node(node.Join(host, Service)).(*rsm.Replica)
	return r
}

// Raft returns the running Raft server of a host, or nil.
func (c *Cluster) Raft(host string) *raft.Raft {
	if r := c.Replica(host); r != nil {
		return r.Engine().(*raft.Raft)
	}
	return nil
}

// Do runs f as an event of a host's replica. It returns false if that is down.
func (c *Cluster) Do(host string, f func(*rsm.Replica)) bool {
	return c.World.Do(node.Join(host, Service), func(n node.Node) { f(n.(*rsm.Replica)) })
}

// Leader returns the host whose replica leads in the highest term, or "".
func (c *Cluster) Leader() string {
	leader, term := "", uint64(0)
	for _, h := range c.hosts {
		if r := c.Raft(h); r != nil {
			if s := r.Status(); s.Role == rsm.Leading && s.Epoch > term {
				leader, term = h, s.Epoch
			}
		}
	}
	return leader
}

// AwaitLeader runs the world until somebody leads and can commit, and returns
// who does. It panics after a virtual minute.
func (c *Cluster) AwaitLeader() string {
	ok := c.World.RunUntil(func() bool {
		l := c.Leader()
		return l != "" && c.Raft(l).Status().Committed > 0
	}, time.Minute)
	if !ok {
		panic("rafttest: no leader within a minute")
	}
	return c.Leader()
}

// Propose has a host's replica propose op, and returns where the outcome will
// be found.
func (c *Cluster) Propose(host string, op *Op) *Outcome {
	o := &Outcome{}
	command := encode(op)
	up := c.Do(host, func(r *rsm.Replica) {
		r.Propose(command, func(result []byte, err error) { o.Done, o.Result, o.Err = true, result, err })
	})
	if !up {
		o.Done, o.Err = true, fmt.Errorf("rafttest: %s is down: %w", host, rsm.ErrNoLeader)
	}
	return o
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

// Outcome is what became of a proposal.
type Outcome struct {
	Done   bool
	Result []byte
	Err    error
}

// Converged returns nil once all hosts that are members have applied the same
// commands and are in the same state.
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
	var replicas []*rsm.Replica
	for _, m := range want.Members {
		r := c.Replica(m.Addr.Host())
		if r == nil {
			return fmt.Errorf("%s is down", m.Addr)
		}
		if got := r.Status(); got.Applied != want.Applied {
			return fmt.Errorf("%s has applied %d, %s %d", m.Addr, got.Applied, l, want.Applied)
		}
		replicas = append(replicas, r)
	}
	digest := lead.Digest() // which costs as much as the state is large
	for i, r := range replicas {
		if r != lead && r.Digest() != digest {
			return fmt.Errorf("%s and %s have applied %d and differ", want.Members[i].Addr, l, want.Applied)
		}
	}
	return nil
}
