package pbfttest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"maps"
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
	// Outsiders are hosts of clients that the experiment speaks for.
	Outsiders []string
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
	puppets map[string]*puppet
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
func New(seed uint64, o Options) *Cluster { return build(seed, o, func(*Cluster) {}) }

// build shows the cluster before anything in it is made.
func build(seed uint64, o Options, show func(*Cluster)) *Cluster {
	o.Sim.Seed = seed
	if o.Replicas == 0 {
		o.Replicas = 4
	}
	if o.Config.Worthwhile == 0 {
		o.Config.Worthwhile = 1 // few clients, and many batches
	}
	if o.Config.Verify == nil {
		o.Config.Verify = remembering()
	}
	c := &Cluster{World: sim.New(o.Sim), Keys: map[node.Addr]ed25519.PublicKey{}, rom: map[string]bool{}, puppets: map[string]*puppet{}}
	c.hosts = rsmtest.Names(o.Replicas)
	for _, h := range c.hosts {
		c.members = append(c.members, node.Join(h, Service))
	}
	o.Liars = maps.Clone(o.Liars)
	if o.Liars == nil {
		o.Liars = map[string]Adversary{}
	}
	for _, h := range o.Outsiders {
		a := node.Join(h, ClientService)
		c.Keys[a] = Public(a)
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
	show(c)
	for _, h := range c.hosts {
		c.World.Host(h).Serve(Service, func() node.Node { return c.replica(h) })
	}
	for _, h := range o.Outsiders {
		c.outsider(h)
	}
	for i := range o.Clients {
		c.Clients = append(c.Clients, newClient(c, i))
	}
	return c
}

func (c *Cluster) outsider(host string) {
	a := node.Join(host, ClientService)
	secret := sha256.Sum256([]byte("secret of " + string(a)))
	p := &puppet{voice: pbft.NewParty(a, c.members, Identity(a), c.Keys, secret), to: c.members}
	c.puppets[host] = p
	c.World.Host(host).Serve(ClientService, func() node.Node { return p })
}

// replica makes a host's next incarnation.
func (c *Cluster) replica(host string) node.Node {
	cfg := c.options.Config
	addr := node.Join(host, Service)
	cfg.Members, cfg.Identity, cfg.Keys = c.members, Identity(addr), c.Keys
	cfg.Recover, cfg.Counter = c.rom[host], c.counter
	c.rom[host] = false
	cfg.Observer = &watcher{c.Oracle, addr}
	return &Liar{Replica: pbft.NewReplica(cfg, c.machine(host)), cluster: c, Host: host}
}

// Take has an adversary take a host over.
func (c *Cluster) Take(host string, a Adversary) { c.options.Liars[host] = a }

// Recover is the watchdog of a host: it restarts with its code from read-only memory,
// in a recovery that whoever controls it cannot prevent.
func (c *Cluster) Recover(host string) {
	delete(c.options.Liars, host)
	c.counter++
	c.rom[host] = true
	c.World.Host(host).Crash()
	c.World.Host(host).Restart()
}

func (c *Cluster) machine(host string) rsm.StateMachine {
	if c.options.Machine != nil {
		return c.options.Machine(host)
	}
	return c.ledger(host)
}

// ledger is one that tells the oracle what it executes.
func (c *Cluster) ledger(host string) *rsmtest.Ledger {
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
	if l, up := c.World.Node(node.Join(host, Service)).(*Liar); up {
		return l.Replica
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
