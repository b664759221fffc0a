package pbfttest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// bench examines one replica, b, and one gateway, x1. All others (replicas a, c, d and
// the client x0) are puppets: the experiment speaks with their keys, and sees what
// they get. In view 0 the primary is a, in view 1 b itself, in view 2 c.
type bench struct {
	world    *sim.World
	notes    *rsmtest.Notes
	members  []node.Addr
	puppets  map[string]*puppet
	executed []pbft.SeqNo
	client   *Client
	first    error
	stamp    pbft.Timestamp
}

// puppet is a host whose every word comes from the experiment.
type puppet struct {
	env   node.Env
	voice *pbft.Party
	to    []node.Addr // who must know its key
	got   []node.Message
}

// Start tells the puppet's key.
func (p *puppet) Start(env node.Env) {
	p.env = env
	for _, a := range p.to {
		env.Send(a, p.voice.Announcement())
	}
}

// Receive keeps messages, and takes keys.
func (p *puppet) Receive(_ node.Addr, m node.Message) {
	if k, ok := m.(*pbft.NewKey); ok {
		p.voice.Hear(k)
	}
	p.got = append(p.got, m)
}

// benchConfig has checkpoints at every fourth number, and a patience that no script
// outlasts unless it wants to.
var benchConfig = pbft.Config{
	ViewTimeout: time.Minute, StatusInterval: 50 * time.Millisecond, CheckpointInterval: 4, Window: 8, KeyLifetime: time.Hour, PageSize: 16,
}

func newBench(seed uint64, o experiment.Options, cfg pbft.Config) *bench {
	b := &bench{puppets: map[string]*puppet{}, notes: rsmtest.Listen(o.Trace)}
	s := sim.Config{Seed: seed, Observer: b.notes, Fsync: sim.Constant(20 * time.Microsecond)}
	s.Link.Delay = sim.Constant(50 * time.Microsecond)
	o.World(&s)
	b.world = sim.New(s)
	keys := map[node.Addr]ed25519.PublicKey{}
	for _, h := range []string{"a", "b", "c", "d"} {
		b.members = append(b.members, node.Join(h, Service))
	}
	client, gateway := node.Join("x0", ClientService), node.Join("x1", ClientService)
	for _, a := range append([]node.Addr{client, gateway}, b.members...) {
		keys[a] = Public(a)
	}
	for _, a := range append([]node.Addr{client}, b.members...) {
		if a.Host() != "b" {
			b.puppet(a, keys, gateway)
		}
	}
	b.world.Host("b").Serve(Service, func() node.Node {
		c := cfg
		c.Members, c.Identity, c.Observer = b.members, Identity(b.members[1]), b
		if c.Clients == 0 { // else everybody introduces himself
			c.Keys = keys
		}
		return pbft.NewReplica(c, rsmtest.NewLedger())
	})
	b.client = newClient(&Cluster{World: b.world, members: b.members, Keys: keys}, 1)
	b.run(10 * time.Millisecond)
	return b
}

func (b *bench) puppet(a node.Addr, keys map[node.Addr]ed25519.PublicKey, gateway node.Addr) {
	secret := sha256.Sum256([]byte("secret of " + string(a)))
	p := &puppet{voice: pbft.NewParty(a, b.members, Identity(a), keys, secret), to: []node.Addr{b.members[1], gateway}}
	b.puppets[a.Host()] = p
	b.world.Host(a.Host()).Serve(a.Service(), func() node.Node { return p })
}

// Prepared is of no interest here.
func (b *bench) Prepared(pbft.View, pbft.SeqNo, pbft.Digest) {}

// Executed notes what was executed.
func (b *bench) Executed(n pbft.SeqNo, _ pbft.Digest) { b.executed = append(b.executed, n) }

func (b *bench) run(d time.Duration) { b.world.Run(d) }

func (b *bench) replica() *pbft.Replica {
	r, _ := b.world.Node(b.members[1]).(*pbft.Replica)
	return r
}

// pass sends messages as they are, say authenticated by the host that sends them,
// whatever sender they name; both wait until they have had their effect.
func (b *bench) pass(host string, to node.Addr, all ...node.Message) {
	p := b.puppets[host]
	for _, m := range all {
		b.world.Do(p.env.Self(), func(node.Node) { p.env.Send(to, m) })
	}
	b.run(2 * time.Millisecond)
}

func (b *bench) say(host string, all ...node.Message) {
	for _, m := range all {
		b.pass(host, b.members[1], b.puppets[host].voice.Seal(m))
	}
}

// want notes the first thing that is not as it must be.
func (b *bench) want(holds bool, format string, args ...any) {
	if !holds && b.first == nil {
		b.first = fmt.Errorf(format, args...)
	}
}

// id is a replica's place.
func id(host string) pbft.ReplicaID { return pbft.ReplicaID(host[0] - 'a') }

// request makes the client's next request.
func (b *bench) request() *pbft.Request {
	b.stamp++
	return b.requestAt(b.stamp, "k", "v")
}

func (b *bench) requestAt(t pbft.Timestamp, key, value string) *pbft.Request {
	op := Encode(&rsmtest.Op{ID: uint64(t), Verb: 2, Key: key, Value: value})
	m := &pbft.Request{Client: node.Join("x0", ClientService), Timestamp: t, Op: op}
	return b.puppets["x0"].voice.Seal(m).(*pbft.Request)
}

// order is the primary's pre-prepare of some requests.
func (b *bench) order(v pbft.View, n pbft.SeqNo, requests ...*pbft.Request) *pbft.PrePrepare {
	return &pbft.PrePrepare{View: v, Seq: n, Digest: pbft.BatchDigest(requests), Requests: requests, Replica: pbft.ReplicaID(v % 4)}
}

func prepare(host string, m *pbft.PrePrepare) *pbft.Prepare {
	return &pbft.Prepare{View: m.View, Seq: m.Seq, Digest: m.Digest, Replica: id(host)}
}

func commit(host string, m *pbft.PrePrepare) *pbft.Commit {
	return &pbft.Commit{View: m.View, Seq: m.Seq, Digest: m.Digest, Replica: id(host)}
}

// carry takes a pre-prepare through all phases, honestly.
func (b *bench) carry(m *pbft.PrePrepare) {
	b.say("a", m)
	b.say("c", prepare("c", m), commit("c", m))
	b.say("d", prepare("d", m), commit("d", m))
	b.say("a", commit("a", m))
}

// seen counts what a puppet got of a kind that fits.
func seen[M node.Message](b *bench, host string, fits func(M) bool) (count int) {
	for _, got := range b.puppets[host].got {
		if m, ok := got.(M); ok && fits(m) {
			count++
		}
	}
	return count
}

// last returns the latest message of a kind that a puppet got.
func last[M node.Message](b *bench, host string) (m M, found bool) {
	for _, got := range b.puppets[host].got {
		if x, ok := got.(M); ok {
			m, found = x, true
		}
	}
	return m, found
}

func (b *bench) prepares(n pbft.SeqNo) int {
	return seen(b, "c", func(m *pbft.Prepare) bool { return m.Seq == n && m.Replica == 1 })
}

func (b *bench) commits(n pbft.SeqNo) int {
	return seen(b, "c", func(m *pbft.Commit) bool { return m.Seq == n && m.Replica == 1 })
}

func (b *bench) replies(t pbft.Timestamp) int {
	return seen(b, "x0", func(m *pbft.Reply) bool { return m.Timestamp == t })
}

// script is an experiment on a bench.
type script struct {
	name, question string
	canon          []string
	config         func(*pbft.Config)
	play           func(*bench)
}

func (s script) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "pbft", Name: s.name, Question: s.question, Canon: s.canon, Once: true,
		Hosts: "one replica and one gateway, on a bench",
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			cfg := benchConfig
			if s.config != nil {
				s.config(&cfg)
			}
			b := newBench(seed, o, cfg)
			defer b.world.Close()
			s.play(b)
			r := experiment.Result{Verdict: check.OK, Hash: b.world.Hash(), Events: b.world.Events(), Elapsed: b.world.Now()}
			if b.first != nil {
				r.Verdict, r.Violation = check.Violation, errors.Unwrap(fmt.Errorf("%w", b.first)).Error()
			}
			return r
		},
	})
}
