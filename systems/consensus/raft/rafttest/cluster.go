package rafttest

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Service is the name under which servers run on their hosts.
const Service = "raft"

// Config says what cluster to make.
type Config struct {
	Sim sim.Config
	// Hosts are the first members, Spares hosts that belong to no group yet.
	Hosts, Spares []string
	Raft          raft.Config
	Replica       rsm.Config
	// Trace, if not nil, records the run.
	Trace *trace.Recorder
}

// Names returns n names of hosts: a, b, c.
func Names(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = string(rune('a' + i))
	}
	return names
}

// Cluster is a simulated group of replicas with an audit over it.
type Cluster struct {
	*sim.World
	Audit *Audit
	Notes *Notes
	names []string
	rafts map[string]*raft.Raft
}

// New makes a cluster; its servers start as soon as the world runs.
func New(c Config) *Cluster {
	notes := &Notes{to: c.Trace, Counts: map[string]int{}}
	c.Sim.Observer = notes
	k := &Cluster{World: sim.New(c.Sim), Notes: notes, rafts: map[string]*raft.Raft{}}
	k.Audit = newAudit(k.World.Now)
	member := c.Raft
	for _, name := range c.Hosts {
		member.Members = append(member.Members, node.Join(name, Service))
	}
	spare := c.Raft
	spare.Members = nil
	for _, name := range c.Hosts {
		k.serve(name, member, c.Replica)
	}
	for _, name := range c.Spares {
		k.serve(name, spare, c.Replica)
	}
	events := 0
	k.OnEvent(func() {
		k.Audit.glance()
		if events++; events%examineEvery == 0 {
			k.Audit.examine()
		}
	})
	return k
}

// examineEvery is how many events pass between two looks at all logs.
const examineEvery = 200

func (k *Cluster) serve(name string, rc raft.Config, pc rsm.Config) {
	k.names = append(k.names, name)
	host := k.Host(name)
	host.Serve(Service, func() node.Node {
		r := raft.New(rc)
		k.rafts[name] = r
		k.Audit.incarnated(name, host.Up, r)
		return rsm.New(r, newStore(name, k.Audit), pc)
	})
}

// Addr returns the address of a host's server.
func Addr(name string) node.Addr { return node.Join(name, Service) }

// Names returns all hosts, members and spares.
func (k *Cluster) Names() []string { return k.names }

// Replica returns a host's running replica, or nil.
func (k *Cluster) Replica(name string) *rsm.Replica {
	r, _ := k.Node(Addr(name)).(*rsm.Replica)
	return r
}

// Raft returns a host's running server, or nil.
func (k *Cluster) Raft(name string) *raft.Raft {
	if k.Replica(name) == nil {
		return nil
	}
	return k.rafts[name]
}

// Leader returns the host that leads in the highest term, or "".
func (k *Cluster) Leader() string {
	best, term := "", raft.Term(0)
	for _, name := range k.names {
		r := k.Raft(name)
		if r == nil {
			continue
		}
		if leader, _ := r.Leader(); leader == Addr(name) && r.Term() > term {
			best, term = name, r.Term()
		}
	}
	return best
}

// Do runs f with a host's replica as an event of it; false if that is down.
func (k *Cluster) Do(name string, f func(*rsm.Replica)) bool {
	return k.World.Do(Addr(name), func(n node.Node) { f(n.(*rsm.Replica)) })
}

// Agreed returns nil once there is one leader, and all members of its
// configuration have applied all of its log and hold equal states.
func (k *Cluster) Agreed() error {
	name := k.Leader()
	if name == "" {
		return errors.New("no leader")
	}
	leading := k.Replica(name)
	status := leading.Status()
	if status.Changing || status.Applied != status.Last {
		return fmt.Errorf("leader %s has applied %d of %d, change under way: %v", name, status.Applied, status.Last, status.Changing)
	}
	for _, m := range status.Members {
		r := k.Replica(m.Addr.Host())
		if r == nil {
			return fmt.Errorf("member %s is down", m.Addr)
		}
		s := r.Status()
		if s.Applied != status.Applied || s.Leader != status.Self {
			return fmt.Errorf("member %s has applied %d of %d and follows %q", m.Addr, s.Applied, status.Applied, s.Leader)
		}
		if r.Digest() != leading.Digest() {
			k.Audit.fail("state machine safety: %s and %s have applied %d, and their states differ", name, m.Addr.Host(), s.Applied)
		}
	}
	return nil
}
