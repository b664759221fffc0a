package paxos

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
)

// Learner finds out what was chosen.
type Learner struct {
	cfg     Config
	env     node.Env
	log     node.Log
	place   int
	tally   Tally
	learned Value
	asks    node.Timer
	asked   int
}

// NewLearner returns a learner, whose address must be one of cfg.Learners. A
// configuration that fails its Check panics.
func NewLearner(cfg Config) *Learner { return &Learner{cfg: cfg.filled()} }

// Learned returns the value that was chosen, or "" if the learner does not know.
func (l *Learner) Learned() Value { return l.learned }

// Inspect implements node.Inspector.
func (l *Learner) Inspect() any { return struct{ Learned Value }{l.learned} }

// Start implements node.Node.
func (l *Learner) Start(env node.Env) {
	l.env, l.log = env, env.Log("learner")
	if l.place = slices.Index(l.cfg.Learners, env.Self()); l.place < 0 {
		panic(fmt.Sprintf("paxos: %s is none of the learners %v", env.Self(), l.cfg.Learners))
	}
	for _, record := range l.log.Records(l.log.First()) {
		l.learned = Value(record)
	}
	l.asks = env.Timer(l.ask)
	if l.learned == "" {
		l.asks.Reset(l.cfg.Inquiry)
	}
}

// Receive implements node.Node.
func (l *Learner) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Accepted:
		if place, known := l.cfg.acceptor(from); known && l.tally.Accept(place, m.Proposal, l.cfg.Quorum) {
			l.learn(m.Proposal.Value)
		}
	case *Decided:
		if m.Value != "" && (slices.Contains(l.cfg.Learners, from) || slices.Contains(l.cfg.Proposers, from)) {
			l.learn(m.Value)
		}
	case *Inquire:
		if l.learned != "" {
			l.env.Send(from, &Decided{Value: l.learned})
		}
	}
}

// learn remembers what was chosen. A distinguished learner tells the others.
func (l *Learner) learn(v Value) {
	if l.learned != "" {
		if l.learned != v {
			panic(fmt.Sprintf("paxos: %s has learned %.32q, and now %.32q", l.env.Self(), string(l.learned), string(v)))
		}
		return
	}
	l.learned = v
	l.log.Append([]byte(v))
	l.asks.Stop()
	if l.place >= l.cfg.Distinguished {
		return
	}
	for _, other := range l.cfg.Learners[l.cfg.Distinguished:] {
		//parley:rule paxos.learner.all-or-distinguished drop
		l.env.Send(other, &Decided{Value: v})
	}
}

// renewEvery is how many times a learner asks in vain before it wants a new
// proposal: acceptors may have accepted others since.
const renewEvery = 3

// ask makes up for what was lost.
func (l *Learner) ask() {
	sources := l.cfg.Acceptors
	if l.place >= l.cfg.Distinguished && l.cfg.Distinguished > 0 {
		sources = l.cfg.Learners[:l.cfg.Distinguished]
	}
	for _, s := range sources {
		l.env.Send(s, &Inquire{})
	}
	if l.asked++; l.asked%renewEvery == 0 {
		l.env.Send(l.cfg.Proposers[l.asked/renewEvery%len(l.cfg.Proposers)], &Renew{})
	}
	l.asks.Reset(l.cfg.Inquiry)
}
