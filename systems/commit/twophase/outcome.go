package twophase

import "github.com/parleysystems/parley/node"

// This file is a participant's part in the second phase.

// onCommit applies the transaction. One that is not known any more was committed
// and forgotten: its coordinator has not had the acknowledgement.
func (p *Participant) onCommit(from node.Addr, m *Commit) {
	switch b := p.find(m.Tx); {
	case b != nil && b.state == prepared:
		p.adopt(b, Committed)
	case m.Ack && (b == nil || b.state == committed):
		p.env.Send(from, &Ack{m.Tx})
	}
}

// onAbort undoes the transaction. To acknowledge the abort of one that did not
// vote is to refuse it: its Prepare may still be under way.
func (p *Participant) onAbort(from node.Addr, m *Abort) {
	switch b := p.find(m.Tx); {
	case b != nil && b.state == prepared:
		p.adopt(b, Aborted)
	case b != nil && b.state == committed:
		// A stale answer by presumption, to a question of this participant when it
		// was in doubt. It no longer is.
	case m.Ack:
		p.refuse(m.Tx)
		p.env.Send(from, &Ack{m.Tx})
	case b != nil && b.state == working:
		p.resource.Abort(m.Tx)
		p.drop(b)
	}
}

// adopt ends doubt by a decision that was made elsewhere.
func (p *Participant) adopt(b *branch, d Decision) {
	p.note(d.String(), b.id)
	if !b.variant.Acknowledged(d) {
		p.settle(b, d)
		p.append(&outcome{b.id, d}) // not forced: without it, asking again gives the same answer
		return
	}
	p.append(&outcome{b.id, d})
	p.settle(b, d)
	p.env.Send(b.id.Coordinator, &Ack{b.id})
}

// settle has the resource carry out a decision.
func (p *Participant) settle(b *branch, d Decision) {
	b.peers, b.deputies = nil, nil
	if d == Committed {
		p.become(b, committed)
		//parley:rule twophase.goal.atomic-transfer drop
		p.resource.Commit(b.id)
		return
	}
	p.become(b, aborted)
	p.resource.Abort(b.id)
}
