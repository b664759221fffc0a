package twophase

import "github.com/parleysystems/parley/node"

// This file is the cooperative termination protocol: who voted yes and does not
// hear the decision asks the coordinator and the other participants. One of them
// may know it; one that has not voted can still refuse, and so make it abort. If
// all voted yes and the coordinator is away, nobody may decide: it may have
// committed and told its client, or have lost patience and aborted.

// ask sends the question, and again later.
func (p *Participant) ask(b *branch) {
	b.due = p.after(p.cfg.DoubtTimeout << min(b.asked, 3))
	question := &Inquire{b.id, b.variant}
	p.env.Send(b.id.Coordinator, question)
	if b.asked++; b.asked > 1 {
		for _, to := range b.deputies { // who may abort what is still being voted on
			p.env.Send(to, question)
		}
	}
	for _, to := range b.peers {
		p.env.Send(to, question)
	}
}

// onInquire answers a peer in doubt. Who has not voted makes sure, by a record,
// that it never votes yes, before it says that the transaction is aborted.
func (p *Participant) onInquire(from node.Addr, m *Inquire) {
	b := p.find(m.Tx)
	switch {
	case b != nil && b.state == prepared:
		p.env.Send(from, &Status{m.Tx, Undecided})
	case b != nil && b.state == committed:
		p.env.Send(from, &Status{m.Tx, Committed})
	case b == nil && p.over(m.Tx):
		p.env.Send(from, &Status{m.Tx, Forgotten})
	case b == nil && p.full():
		// Whoever asks learns nothing.
	default:
		//parley:rule twophase.termination.ask-peers drop
		p.refuse(m.Tx)
		p.env.Send(from, &Status{m.Tx, Aborted})
	}
}

// onStatus takes an answer, if it is still in doubt. A stale one may say something
// else than was decided: a presumption holds for those in doubt only (I3, I5).
func (p *Participant) onStatus(from node.Addr, m *Status) {
	b := p.find(m.Tx)
	if b == nil {
		return
	}
	//parley:rule twophase.guarantee.agreement force=false
	if b.state != prepared {
		return
	}
	d := m.Decision
	if d == Forgotten {
		// The coordinator forgot it while this participant was in doubt, so it is
		// what need not be acknowledged (I5).
		d = b.variant.Presumes()
	}
	//parley:rule twophase.termination.all-yes-blocks twophase.scenario.coordinator-fails-undecided-all-yes value=Committed
	undecided := Undecided
	if d == Undecided {
		d = undecided
	}
	if d == Committed || d == Aborted {
		if from.Node() != b.id.Coordinator {
			p.note("learns from a peer", b.id)
		}
		p.adopt(b, d)
	}
}
