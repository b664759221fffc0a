package twophase

import (
	"slices"

	"github.com/parleysystems/parley/node"
)

// This file is what a coordinator does for clients.

// onBegin gives out a transaction.
func (c *Coordinator) onBegin(from node.Addr) {
	if len(c.active) >= c.cfg.MaxActive || c.span() >= uint64(c.cfg.MaxSpan) {
		c.env.Send(from, &Begun{Refused: ErrBusy.Error()})
		return
	}
	c.number++
	t := &transaction{id: TxID{c.env.Self(), c.incarnation, c.number}, variant: c.cfg.Variant, due: c.after(c.cfg.IdleTimeout)}
	c.active = append(c.active, t)
	c.env.Send(from, &Begun{Tx: t.id})
}

// span is how many transactions of this incarnation lie between the oldest
// unfinished one and the newest.
func (c *Coordinator) span() uint64 {
	if len(c.active) == 0 {
		return 0
	}
	if oldest := c.active[0].id; oldest.Incarnation == c.incarnation {
		return c.number - oldest.Number
	}
	return c.number
}

// mark is the oldest transaction that is not over.
func (c *Coordinator) mark() TxID {
	if len(c.active) > 0 {
		return c.active[0].id
	}
	return TxID{c.env.Self(), c.incarnation, c.number + 1}
}

// onFinish begins the commit of a transaction, or aborts it, or tells what has
// become of it to a client that asks again.
func (c *Coordinator) onFinish(from node.Addr, m *Finish) {
	t := c.find(m.Tx)
	if t == nil {
		say := func(d Decision) { c.env.Send(from, &Outcome{m.Tx, d}) }
		c.journal.Recall(m.Tx, func(d Decision, staged []Branch) {
			if d == Undecided {
				c.inquire(m.Tx, c.cfg.Variant, staged, say)
				return
			}
			say(d)
		})
		return
	}
	t.client = from
	switch {
	case t.phase == decided:
		c.answer(t)
	case t.phase == begun && !c.wellFormed(m.Branches):
		c.decide(t, Aborted) // and participants will give up by themselves
	case t.phase == begun:
		for _, b := range m.Branches {
			t.branches = append(t.branches, part{Branch: b})
		}
		if m.Commit {
			c.prepare(t)
		} else {
			c.decide(t, Aborted)
		}
	}
}

// wellFormed tells whether branches are not too many, and each another
// participant's.
func (c *Coordinator) wellFormed(branches []Branch) bool {
	for i, b := range branches {
		again := slices.ContainsFunc(branches[:i], func(o Branch) bool { return o.Participant == b.Participant })
		if again || b.Participant.Host() == "" || b.Participant.Service() == "" {
			return false
		}
	}
	return len(branches) <= c.cfg.MaxBranches
}
