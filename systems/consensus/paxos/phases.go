package paxos

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// prepare is phase 1a, under a number above all that this proposer has used or
// heard of. The number is durable before anybody sees it: an answer to an
// attempt before a crash must not count for one after it.
func (p *Proposer) prepare() {
	p.attempt = Attempt{Number: Above(p.highest, p.self), Own: p.own}
	p.highest = p.attempt.Number
	p.attempts++
	//parley:rule paxos.number.unique-and-increasing drop
	p.remember()
	p.resent = 0
	p.send()
}

// send asks the acceptors that have not answered in the present phase, and asks
// again after a while. An attempt that nobody rejects goes on, however many
// messages are lost.
func (p *Proposer) send() {
	for i, a := range p.cfg.Acceptors {
		switch issued := !p.attempt.Issued.IsZero(); {
		case !issued && !p.attempt.Promised.Has(i):
			p.env.Send(a, &Prepare{Number: p.attempt.Number})
		case issued && !p.attempt.Accepted.Has(i):
			p.env.Send(a, &Accept{Proposal: p.attempt.Issued})
		}
	}
	//parley:rule paxos.liveness.conditional-termination flp.consensus.termination drop
	p.retry.Reset(p.cfg.Retry << min(p.resent, doublings))
}

func (p *Proposer) remember() {
	record, err := wire.AppendBody(nil, &p.highest)
	if err != nil {
		panic(fmt.Sprintf("paxos: encode a ballot: %v", err))
	}
	p.log.Trim(p.log.Append(record))
}

// promise hears an answer of phase 1, and begins phase 2 when a quorum has
// answered.
func (p *Proposer) promise(from node.Addr, m *Promise) {
	place, known := p.cfg.acceptor(from)
	if !known {
		return
	}
	issue := p.attempt.Promise(place, m, p.cfg.Quorum)
	if p.attempt.Vain(p.cfg.Quorum) {
		p.attempt, p.renew = Attempt{}, false
		p.retry.Stop()
		p.pursue() // if a client has come meanwhile
	}
	if issue {
		p.resent = 0
		p.send()
	}
}

// accepted hears an answer of phase 2.
func (p *Proposer) accepted(from node.Addr, m *Accepted) {
	place, known := p.cfg.acceptor(from)
	if !known || !p.attempt.Accept(place, m.Proposal, p.cfg.Quorum) {
		return
	}
	chosen := p.attempt.Issued.Value
	p.decide(chosen)
	if !p.cfg.Announce {
		return
	}
	for _, l := range p.cfg.Learners {
		p.env.Send(l, &Decided{Value: chosen})
	}
}

// reject gives the attempt up: its number is too low for one acceptor, and soon
// will be for others.
func (p *Proposer) reject(m *Reject) {
	//parley:rule paxos.number.unique-and-increasing force=false
	if p.highest.Less(m.Promised) {
		p.highest = m.Promised
	}
	if m.Number != p.attempt.Number || p.attempt.Number.IsZero() {
		return
	}
	p.attempt = Attempt{}
	p.retry.Reset(p.backoff())
}
