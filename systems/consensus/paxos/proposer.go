package paxos

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// maxClients bounds who waits for an outcome at one proposer; others are refused.
const maxClients = 256

// Proposer puts values forward.
type Proposer struct {
	cfg     Config
	env     node.Env
	log     node.Log
	self    uint16 // place in cfg.Proposers, from 1
	retry   node.Timer
	highest Ballot // the highest that was used (durable) or heard of

	attempt  Attempt // the zero one if none is under way
	own      Value   // what clients want; the first to come
	renew    bool    // a learner wants to know what was chosen
	busy     bool    // pursuing one of the two: an attempt is under way, or the timer is set
	attempts int     // in this incarnation
	resent   int     // times since the phase began
	clients  []node.Addr
	decided  Value
	elected  elected
}

// NewProposer returns a proposer, whose address must be one of cfg.Proposers. A
// configuration that fails its Check panics.
func NewProposer(cfg Config) *Proposer { return &Proposer{cfg: cfg.filled()} }

// Attempt returns what is under way, the zero Attempt for nothing.
func (p *Proposer) Attempt() Attempt { return p.attempt }

// Decided returns the value that was chosen, or "" if the proposer does not know.
func (p *Proposer) Decided() Value { return p.decided }

// Inspect implements node.Inspector.
func (p *Proposer) Inspect() any {
	return struct {
		Highest Ballot
		Attempt Attempt
		Decided Value
	}{p.highest, p.attempt, p.decided}
}

// Start implements node.Node: it remembers which numbers it has used (I5). What
// clients wanted is gone; they ask again.
func (p *Proposer) Start(env node.Env) {
	p.env, p.log = env, env.Log("proposer")
	p.self = p.place(env.Self())
	if p.self == 0 {
		panic(fmt.Sprintf("paxos: %s is none of the proposers %v", env.Self(), p.cfg.Proposers))
	}
	p.retry = env.Timer(p.pursue)
	for lsn, record := range p.log.Records(p.log.First()) {
		used := Ballot{}
		if err := wire.UnmarshalBody(record, &used); err != nil {
			env.Halt(fmt.Errorf("paxos: proposer %s: read its log at %d: %w", env.Self(), lsn, err))
			return
		}
		p.highest = used
	}
	p.elected.start(p)
}

// place returns which proposer an address is, from 1, or 0.
func (p *Proposer) place(a node.Addr) uint16 {
	for i, known := range p.cfg.Proposers {
		if known == a.Node() {
			return uint16(i + 1)
		}
	}
	return 0
}

// Receive implements node.Node.
func (p *Proposer) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Submit:
		p.submit(from, m)
	case *Promise:
		p.promise(from, m)
	case *Accepted:
		p.accepted(from, m)
	case *Reject:
		p.reject(m)
	case *Outcome: // of what was handed to the distinguished proposer
		if m.Refused == "" && m.Value != "" && p.place(from) != 0 {
			p.decide(m.Value)
		}
	case *Renew:
		p.renewed(from)
	case *Alive:
		p.elected.hear(p.place(from))
	}
}

func (p *Proposer) submit(from node.Addr, m *Submit) {
	to := from
	if m.ReplyTo != "" {
		to = m.ReplyTo
	}
	switch {
	case p.decided != "":
		p.env.Send(to, &Outcome{Value: p.decided})
		return
	case m.Value == "" || len(m.Value) > MaxValue:
		p.env.Send(to, &Outcome{Refused: fmt.Sprintf("a value of %d bytes, must be 1 to %d", len(m.Value), MaxValue)})
		return
	case len(p.clients) == maxClients:
		p.env.Send(to, &Outcome{Refused: fmt.Sprintf("%d others wait already", maxClients)})
		return
	}
	if !slices.Contains(p.clients, to) {
		p.clients = append(p.clients, to)
	}
	if p.own == "" {
		p.own = m.Value
	}
	p.wake()
}

// renewed is for a learner in need, or a proposer that one has asked. Who knows what
// was chosen says so to those whom acceptors tell, too: of the acceptors that accepted
// it too few may be left, and this proposer begins no more attempts by which others
// would.
func (p *Proposer) renewed(from node.Addr) {
	switch {
	case p.decided == "":
		p.renew = true
		p.wake()
	case p.place(from) != 0:
		p.env.Send(from, &Outcome{Value: p.decided})
	case p.cfg.Announce || slices.Contains(p.cfg.informed(), from):
		//parley:rule paxos.liveness.conditional-termination drop
		p.env.Send(from, &Decided{Value: p.decided})
	}
}

// wake begins unless something is under way or about to begin.
func (p *Proposer) wake() {
	if !p.busy {
		p.pursue()
	}
}

// pursue begins an attempt, or lets the distinguished proposer do so.
func (p *Proposer) pursue() {
	p.busy = p.decided == "" && (p.own != "" || p.renew)
	if !p.busy {
		return
	}
	if to := p.elected.leader(); to != p.self {
		p.hand(p.cfg.Proposers[to-1])
		return
	}
	if p.attempt.Number.IsZero() {
		p.prepare()
		return
	}
	p.resent++
	p.send()
}

// hand asks the distinguished proposer to do what this one is asked for.
func (p *Proposer) hand(to node.Addr) {
	p.attempt = Attempt{}
	if p.own != "" {
		p.env.Send(to, &Submit{Value: p.own})
	} else {
		p.env.Send(to, &Renew{})
	}
	p.retry.Reset(p.cfg.Retry)
}

// doublings is how often waits double at most.
const doublings = 6

// backoff draws how long to wait after a rejection.
func (p *Proposer) backoff() time.Duration {
	longest := p.cfg.Backoff << min(p.attempts-1, doublings)
	if longest <= 0 {
		return 0
	}
	//parley:rule paxos.liveness.duelling-proposers value=0
	return time.Duration(p.env.Rand().Int64N(int64(longest)))
}

// decide ends the proposer's work.
func (p *Proposer) decide(v Value) {
	if p.decided != "" {
		if p.decided != v {
			panic(fmt.Sprintf("paxos: %s knows that %.32q was chosen, and now %.32q", p.env.Self(), string(p.decided), string(v)))
		}
		return
	}
	p.decided, p.attempt = v, Attempt{}
	p.retry.Stop()
	for _, c := range p.clients {
		p.env.Send(c, &Outcome{Value: v})
	}
	p.clients = nil
}
