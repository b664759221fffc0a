package pbfttest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Service is the name of the replicas' service on their hosts, ClientService that of
// the clients'.
const (
	Service       = "pbft"
	ClientService = "client"
)

// Options say what cluster to make.
type Options struct {
	Replicas int // 4 if 0
	Clients  int // hosts with a gateway: x0, x1, ...
	Config   pbft.Config
	Gateway  pbft.GatewayConfig
	Sim      sim.Config
	// Liars are replicas that somebody else controls, by host.
	Liars map[string]Adversary
	// Machine makes a replica's state machine; nil for a ledger.
	Machine func(host string) rsm.StateMachine
}

// Cluster is a group of native replicas, some of which lie, and clients.
type Cluster struct {
	World   *sim.World
	Oracle  *Oracle
	Clients []*Client
	Keys    map[node.Addr]ed25519.PublicKey
	options Options
	hosts   []string
	members []node.Addr
	// ROM is set for a host while its next incarnation is a proactive recovery.
	rom     map[string]bool
	counter uint64
}

// Identity is the seed of a host's signing key. The harness knows all of them.
func Identity(a node.Addr) []byte {
	seed := sha256.Sum256([]byte("identity of " + string(a)))
	return seed[:]
}

// Public is a host's public key.
func Public(a node.Addr) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(Identity(a)).Public().(ed25519.PublicKey)
}

// New makes a cluster. The caller closes its world.
func New(seed uint64, o Options) *Cluster {
	o.Sim.Seed = seed
	if o.Replicas == 0 {
		o.Replicas = 4
	}
	c := &Cluster{World: sim.New(o.Sim), Keys: map[node.Addr]ed25519.PublicKey{}, rom: map[string]bool{}}
	c.hosts = rsmtest.Names(o.Replicas)
	for _, h := range c.hosts {
		c.members = append(c.members, node.Join(h, Service))
	}
	for i := range o.Clients {
		a := node.Join(fmt.Sprintf("x%d", i), ClientService)
		c.Keys[a] = Public(a)
	}
	for _, a := range c.members {
		c.Keys[a] = Public(a)
	}
	c.options = o
	c.Oracle = newOracle(c)
	for _, h := range c.hosts {
		c.World.Host(h).Serve(Service, func() node.Node { return c.replica(h) })
	}
	for i := range o.Clients {
		c.Clients = append(c.Clients, newClient(c, i))
	}
	return c
}

// replica makes a host's next incarnation.
func (c *Cluster) replica(host string) node.Node {
	cfg := c.options.Config
	addr := node.Join(host, Service)
	cfg.Members, cfg.Identity, cfg.Keys = c.members, Identity(addr), c.Keys
	cfg.Recover, cfg.Counter = c.rom[host], c.counter
	c.rom[host] = false
	r := pbft.NewReplica(c.observed(addr, cfg), c.machine(host))
	if a, lies := c.options.Liars[host]; lies && !cfg.Recover {
		return &Liar{Replica: r, adversary: a, cluster: c, Host: host}
	}
	return r
}

func (c *Cluster) observed(a node.Addr, cfg pbft.Config) pbft.Config {
	if c.Correct(a.Host()) {
		cfg.Observer = &watcher{c.Oracle, a}
	}
	return cfg
}

func (c *Cluster) machine(host string) rsm.StateMachine {
	if c.options.Machine != nil {
		return c.options.Machine(host)
	}
	ledger := rsmtest.NewLedger()
	c.Oracle.started(host)
	ledger.Applied = func(i rsm.Index, op uint64) { c.Oracle.applied(host, i, op) }
	ledger.Local = func() string { return c.World.Host(host).Clock().Now().String() }
	return ledger
}

// Correct tells whether a host has a replica of its own mind.
func (c *Cluster) Correct(host string) bool {
	_, lies := c.options.Liars[host]
	return !lies
}

// Hosts returns the names of the replicas' hosts.
func (c *Cluster) Hosts() []string { return c.hosts }

// Replica returns the running replica of a host, or nil.
func (c *Cluster) Replica(host string) *pbft.Replica {
	switch n := c.World.Node(node.Join(host, Service)).(type) {
	case *pbft.Replica:
		return n
	case *Liar:
		return n.Replica
	}
	return nil
}

// F is how many liars the group is made for.
func (c *Cluster) F() int { return (len(c.hosts) - 1) / 3 }

// Converged returns nil once all correct replicas are in one view and have executed
// the same.
func (c *Cluster) Converged() error {
	var first *pbft.Replica
	for _, h := range c.hosts {
		if !c.Correct(h) {
			continue
		}
		r := c.Replica(h)
		switch {
		case r == nil:
			return fmt.Errorf("%s is down: %v", h, c.World.Host(h).Err())
		case !r.Idle() || r.Recovering():
			v, active := r.View()
			return fmt.Errorf("%s waits for something (view %d, %v, executed %d)", h, v, active, r.LastExecuted())
		case first == nil:
			first = r
		case r.LastExecuted() != first.LastExecuted():
			return fmt.Errorf("%s has executed %d, another %d", h, r.LastExecuted(), first.LastExecuted())
		case r.Machine().Digest() != first.Machine().Digest():
			return fmt.Errorf("%s and another have executed %d and differ", h, r.LastExecuted())
		}
	}
	return nil
}

// Await runs the world until cond holds, for limit at most.
func (c *Cluster) Await(cond func() bool, limit time.Duration) bool {
	return c.World.RunUntil(cond, limit)
}
