package twophase

import "slices"

// This file is what a participant remembers of transactions, and for how long.

func (p *Participant) find(tx TxID) *branch {
	i, found := p.place(tx)
	if !found {
		return nil
	}
	return p.branches[i]
}

func (p *Participant) place(tx TxID) (int, bool) {
	return slices.BinarySearchFunc(p.branches, tx, func(b *branch, tx TxID) int { return b.id.Compare(tx) })
}

// enter adds a branch in a state; one that is there is returned.
func (p *Participant) enter(tx TxID, s state) *branch {
	i, found := p.place(tx)
	if !found {
		p.branches = slices.Insert(p.branches, i, &branch{id: tx, state: s})
		if s <= prepared {
			p.held++
		}
	}
	return p.branches[i]
}

// become changes a branch's state.
func (p *Participant) become(b *branch, s state) {
	if b.state <= prepared && s > prepared {
		p.held--
	}
	b.state = s
}

// drop forgets a branch that nobody has to be told about.
func (p *Participant) drop(b *branch) {
	if i, found := p.place(b.id); found {
		p.become(b, aborted)
		p.branches = slices.Delete(p.branches, i, i+1)
	}
}

// full tells whether there is no room to remember a refusal. Coordinators keep to
// MaxSpan; only transactions that nobody has begun come so far.
func (p *Participant) full() bool { return len(p.branches)-p.held >= 4*p.cfg.MaxSpan }

// over tells whether the coordinator has said that a transaction is.
func (p *Participant) over(tx TxID) bool { return tx.Compare(p.marks[tx.Coordinator]) < 0 }

// advance takes a coordinator's mark and forgets what nobody asks about any more.
func (p *Participant) advance(mark TxID) {
	if mark.Coordinator == "" || mark.Compare(p.marks[mark.Coordinator]) <= 0 {
		return
	}
	p.marks[mark.Coordinator] = mark
	p.branches = slices.DeleteFunc(p.branches, func(b *branch) bool {
		return b.state > prepared && b.id.Coordinator == mark.Coordinator && p.over(b.id)
	})
}
