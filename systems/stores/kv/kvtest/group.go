package kvtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Service is the name of the replicas' service on their hosts.
const Service = "kv"

// Options say what group to make.
type Options struct {
	Hosts []string
	// Raft and RSM are the replicas' knobs. Raft.Members is filled in.
	Raft raft.Config
	RSM  rsm.Config
	// Quota of each host's store, in bytes; 0 for none.
	Quota int64
	// Look is how often a host looks which leases ran out.
	Look time.Duration
	// Sim is the world.
	Sim sim.Config
}

// Group is replicas of a store in a simulated world.
type Group struct {
	World  *sim.World
	Record *Record
	hosts  []string
	addrs  []node.Addr
}

// member is a replica as a live host runs it: with a steward.
type member struct {
	*rsm.Replica
	store   *kv.Store
	options kv.StewardOptions
	steward *kv.Steward
}

// Start begins an incarnation.
func (m *member) Start(env node.Env) {
	m.Replica.Start(env)
	m.steward = kv.NewSteward(m.Replica, m.store, m.options)
}

// New makes a group. The caller closes its world.
func New(seed uint64, o Options) *Group {
	o.Sim.Seed = seed
	g := &Group{World: sim.New(o.Sim), hosts: o.Hosts}
	g.Record = newRecord(g.World.Now, g.epoch)
	for _, h := range o.Hosts {
		g.addrs = append(g.addrs, node.Join(h, Service))
	}
	o.Raft.Members = g.addrs
	for i, h := range o.Hosts {
		g.World.Host(h).Serve(Service, func() node.Node {
			store := kv.New(kv.Options{Quota: o.Quota})
			g.Record.started(g.addrs[i])
			machine := &recorded{Store: store, record: g.Record, at: g.addrs[i]}
			return &member{
				Replica: rsm.New(raft.New(o.Raft), machine, o.RSM), store: store,
				options: kv.StewardOptions{Member: uint64(i) + 1, Every: o.Look},
			}
		})
	}
	return g
}

// member returns what runs on a host, or nil.
func (g *Group) member(host string) *member {
	m, _ := g.World.Node(node.Join(host, Service)).(*member)
	return m
}

// do runs f as an event of a host's replica. It returns false if that is down.
func (g *Group) do(host string, f func(*member)) bool {
	return g.World.Do(node.Join(host, Service), func(n node.Node) { f(n.(*member)) })
}

// epoch is the highest term in which anybody leads.
func (g *Group) epoch() (epoch uint64) {
	for _, h := range g.hosts {
		if m := g.member(h); m != nil && m.steward != nil && m.Leading() {
			epoch = max(epoch, m.Status().Epoch)
		}
	}
	return epoch
}

// leader returns the host that leads in the highest term, or "".
func (g *Group) leader() string {
	leader, epoch := "", uint64(0)
	for _, h := range g.hosts {
		if m := g.member(h); m != nil {
			if s := m.Status(); s.Role == rsm.Leading && s.Epoch > epoch {
				leader, epoch = h, s.Epoch
			}
		}
	}
	return leader
}

// converged returns nil once all replicas have applied the same commands and
// hash alike.
func (g *Group) converged() error {
	l := g.leader()
	if l == "" {
		return fmt.Errorf("nobody leads")
	}
	lead := g.member(l)
	want := lead.Status()
	if want.Committed != want.Last {
		return fmt.Errorf("%s has committed %d of %d entries", l, want.Committed, want.Last)
	}
	for _, h := range g.hosts {
		m := g.member(h)
		if m == nil {
			return fmt.Errorf("%s is down", h)
		}
		if got := m.Status().Applied; got != want.Applied {
			return fmt.Errorf("%s has applied %d, %s %d", h, got, l, want.Applied)
		}
	}
	digest := lead.Digest()
	for _, h := range g.hosts {
		if h != l && g.member(h).Digest() != digest {
			return fmt.Errorf("%s and %s have applied %d and differ", h, l, want.Applied)
		}
	}
	return nil
}
