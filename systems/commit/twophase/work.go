package twophase

import "github.com/parleysystems/parley/node"

// This file is a participant's part before the first phase.

// onExecute carries out an operation. What it changes is in memory only: a crash
// loses it, and then there is no vote of yes.
func (p *Participant) onExecute(from node.Addr, m *Execute) {
	b := p.find(m.Tx)
	if b != nil && b.state == working && m.Seq == b.ops {
		if !b.running {
			p.env.Send(from, b.latest)
		}
		return
	}
	if why := p.unfit(b, m); why != "" {
		p.env.Send(from, &Executed{Refused: why})
		return
	}
	if b == nil {
		b = p.enter(m.Tx, working)
	}
	b.ops, b.running, b.due = m.Seq, true, p.after(p.cfg.IdleTimeout)
	p.resource.Execute(m.Tx, m.Body, func(result []byte, err error) { p.executed(from, b, result, err) })
}

// unfit says why an operation cannot be carried out, or "".
func (p *Participant) unfit(b *branch, m *Execute) string {
	switch {
	case p.over(m.Tx), b != nil && b.state != working:
		return "the transaction is over"
	case b == nil && m.Seq != 1:
		return "earlier operations of the transaction were lost"
	case b != nil && (b.running || m.Seq != b.ops+1):
		return "operations of a transaction come one after the other"
	case b == nil && p.held >= p.cfg.MaxActive:
		return ErrBusy.Error()
	case len(m.Body) > p.cfg.MaxBody:
		return ErrTooLarge.Error()
	}
	return ""
}

// executed answers an operation, unless its transaction was given up meanwhile.
// One that failed takes the whole branch with it.
func (p *Participant) executed(to node.Addr, b *branch, result []byte, err error) {
	if p.find(b.id) != b || b.state != working {
		return
	}
	b.running = false
	if err != nil {
		p.resource.Abort(b.id)
		p.drop(b)
		p.env.Send(to, &Executed{Refused: err.Error()})
		return
	}
	b.latest = &Executed{Result: result, Wrote: p.resource.Wrote(b.id)}
	p.env.Send(to, b.latest)
}
