package chain

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// MasterConfig is a master's knobs, the same on all of them. The zero value of a
// field means its default.
type MasterConfig struct {
	// Founders are the chain that the service begins with, in the order of their
	// addresses. It is looked at only as long as nothing was decided.
	Founders []node.Addr
	// LeaseLength is as in Config; a replica that is silent for so long is removed.
	LeaseLength time.Duration
}

// Master is one replica of the configuration service: the paper's master, which it
// supposes not to fail (CR §3.2). Configurations are replicated by an engine that is
// handed in; leases are granted and silence is noticed by the master that leads.
type Master struct {
	cfg      MasterConfig
	env      node.Env
	replica  *rsm.Replica
	register *register
	tick     node.Timer

	term    uint64        // of this master's leadership; 0 while it does not lead
	began   time.Duration // when that began
	members []*member     // by address
	busy    bool          // a change is under way
	leaving node.Addr     // gets no lease: what is under way takes it from its place
}

// member is what the leading master knows of a replica.
type member struct {
	addr    node.Addr
	heard   time.Duration
	granted time.Duration // when it was last granted a lease
	round   uint64        // of that
}

// NewMaster returns a master whose configurations an engine replicates. It panics
// if cfg is not valid.
func NewMaster(engine rsm.Engine, cfg MasterConfig) *Master {
	if cfg.LeaseLength == 0 {
		cfg.LeaseLength = defaultLease
	}
	if cfg.LeaseLength < 0 || len(cfg.Founders) == 0 {
		panic(fmt.Sprintf("chain: a master needs founders and a positive LeaseLength, has %v and %v", cfg.Founders, cfg.LeaseLength))
	}
	g := newRegister(cfg.Founders)
	return &Master{cfg: cfg, register: g, replica: rsm.New(engine, g, rsm.Config{RetryAfter: cfg.LeaseLength / 4, Timeout: 4 * cfg.LeaseLength})}
}

// Start begins the incarnation.
func (m *Master) Start(env node.Env) {
	m.env, m.tick = env, env.Timer(m.onTick)
	m.replica.Start(env)
	m.onTick()
}

// Configuration returns the configuration as this master knows it.
func (m *Master) Configuration() *Configuration { return m.register.now }

// Replica returns the replica of the service.
func (m *Master) Replica() *rsm.Replica { return m.replica }

// Receive takes the messages of chain replicas and of other masters.
func (m *Master) Receive(from node.Addr, msg node.Message) {
	switch msg := msg.(type) {
	case *Renew:
		m.onRenew(from, msg)
	case *CaughtUp:
		m.onCaughtUp(from, msg)
	default:
		m.replica.Receive(from, msg)
	}
}

// leads tells whether this master leads and its leadership has begun in the
// register, too: earlier ones can change nothing any more.
func (m *Master) leads() bool {
	s := m.replica.Status()
	switch {
	case s.Role != rsm.Leading:
		m.term = 0
	case m.term != s.Epoch:
		m.term, m.began, m.members, m.busy, m.leaving = s.Epoch, m.env.Elapsed(), nil, false, ""
		m.propose(&Change{Kind: Lead, Term: m.term})
	}
	return m.term != 0 && m.register.term == m.term
}

func (m *Master) member(a node.Addr) *member {
	i, known := slices.BinarySearchFunc(m.members, a, func(x *member, a node.Addr) int {
		return strings.Compare(string(x.addr), string(a))
	})
	if !known {
		//parley:rule chain.read.at-tail value=m.began-2*m.cfg.LeaseLength
		earlier := m.began // until then another master may have granted leases (I5)
		m.members = slices.Insert(m.members, i, &member{addr: a, granted: earlier, heard: m.began})
	}
	return m.members[i]
}

// onRenew answers once it is certain that this master still led after the question
// was sent: the lease counts from then.
func (m *Master) onRenew(from node.Addr, msg *Renew) {
	if !m.leads() {
		return
	}
	m.member(from).heard = m.env.Elapsed()
	m.replica.Read(rsm.Linearizable, func(err error) {
		if err == nil && m.leads() {
			m.grant(from, msg.Round)
		}
	})
}

func (m *Master) grant(to node.Addr, round uint64) {
	if to == m.leaving {
		return // I5
	}
	x := m.member(to)
	x.granted, x.round = m.env.Elapsed(), round
	m.env.Send(to, &Granted{Round: round, Configuration: m.register.now})
}

// onCaughtUp makes the joining replica the tail, if the tail says so now: in an
// incarnation that has since been granted another lease it may answer reads.
func (m *Master) onCaughtUp(from node.Addr, msg *CaughtUp) {
	now := m.register.now
	if !m.leads() || m.busy || now.Epoch != msg.Epoch || now.Joining != msg.Joining || now.Tail() != from || m.member(from).round != msg.Round {
		return
	}
	m.change(Extend, msg.Joining, from)
}

// change has the configuration changed; who is about to lose a place is granted no
// lease until it is.
func (m *Master) change(kind ChangeKind, a, leaving node.Addr) {
	m.busy, m.leaving = true, leaving
	m.propose(&Change{Kind: kind, Term: m.term, Epoch: m.register.now.Epoch, Node: a})
}

func (m *Master) propose(c *Change) {
	b, err := wire.AppendBody(nil, c)
	if err != nil {
		panic(fmt.Sprintf("chain: %v", err))
	}
	m.replica.Propose(b, func(_ []byte, err error) { m.proposed(c, err) })
}

// proposed goes on when a change has been made, or has lost its meaning. One whose
// outcome is not known may yet be made: it is asked for again.
func (m *Master) proposed(c *Change, err error) {
	switch {
	case c.Term != m.term:
	case err != nil:
		m.env.Note("change not settled", slog.Any("error", err))
		m.env.Go(func(t node.Task) {
			t.Sleep(m.cfg.LeaseLength / 8)
			if c.Term == m.term {
				m.propose(c)
			}
		})
	case c.Kind != Lead:
		m.busy, m.leaving = false, ""
		m.announce()
	}
}

// announce tells everybody of a configuration, without a lease: round 0 is
// nobody's.
func (m *Master) announce() {
	now := m.register.now
	m.env.Note("configuration", slog.Uint64("epoch", uint64(now.Epoch)), slog.String("is", now.String()))
	for _, x := range m.members {
		m.env.Send(x.addr, &Granted{Configuration: now})
	}
}
