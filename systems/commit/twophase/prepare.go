package twophase

import "github.com/parleysystems/parley/node"

// This file is a participant's part in the first phase.

// onPrepare votes. A vote of yes is repeated as often as it is asked for; and who
// has given up the right to vote yes keeps voting no.
func (p *Participant) onPrepare(from node.Addr, m *Prepare) {
	if m.Mark.Coordinator == m.Tx.Coordinator {
		p.advance(m.Mark)
	}
	b := p.find(m.Tx)
	switch {
	case b != nil && (b.state == prepared || b.state == committed):
		p.env.Send(from, &Voted{m.Tx, Yes})
	case b != nil && b.state == working && b.ops == m.Ops && !b.running:
		p.vote(from, b, m)
	case b == nil && p.full():
		// Its coordinator loses patience.
	default:
		p.voteNo(from, m)
	}
}

// vote asks the resource, which knows whether it can commit.
func (p *Participant) vote(from node.Addr, b *branch, m *Prepare) {
	if m.ReadOnly && !p.resource.Wrote(b.id) {
		// Nothing was changed, so the outcome does not matter here. No record is
		// written; hence nobody may ask this participant what it voted (I6).
		p.resource.Commit(b.id)
		p.drop(b)
		p.note("votes read-only", b.id)
		p.env.Send(from, &Voted{m.Tx, ReadOnly})
		return
	}
	changes, err := p.resource.Prepare(b.id)
	if err != nil || len(changes) > p.cfg.MaxBody {
		p.voteNo(from, m)
		return
	}
	b.variant, b.peers, b.deputies, b.due = m.Variant, p.others(m.Peers), m.Deputies, p.after(p.cfg.DoubtTimeout)
	p.become(b, prepared)
	//parley:rule twophase.log.force-before-send drop
	p.append(&yes{Tx: b.id, Variant: m.Variant, Peers: b.peers, Deputies: b.deputies, Changes: changes})
	p.note("votes yes", b.id)
	//parley:rule twophase.log.force-before-send value=p.env.SendEarly
	say := p.env.Send // which waits for the record
	say(from, &Voted{m.Tx, Yes})
}

// voteNo refuses. Presumed abort does not have the record forced; in the other
// variants a participant that forgot that it refused could say yes to a late
// Prepare, and be told the other decision by presumption.
func (p *Participant) voteNo(from node.Addr, m *Prepare) {
	p.note("votes no", m.Tx)
	if m.Variant == PresumedAbort {
		p.env.Send(from, &Voted{m.Tx, No})
		p.refuse(m.Tx)
		return
	}
	p.refuse(m.Tx)
	p.env.Send(from, &Voted{m.Tx, No})
}

// refuse gives up the right to vote yes, for good: a record says so.
func (p *Participant) refuse(tx TxID) {
	b := p.find(tx)
	switch {
	case p.over(tx), b != nil && b.state != working:
		return
	case b != nil:
		p.resource.Abort(tx)
	}
	b = p.enter(tx, aborted)
	p.become(b, aborted)
	p.note("refuses", tx)
	p.append(&outcome{tx, Aborted})
}

// others returns the peers without this participant.
func (p *Participant) others(peers []node.Addr) (others []node.Addr) {
	for _, a := range peers {
		if a != p.env.Self() {
			others = append(others, a)
		}
	}
	return others
}
