package twophase

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// This file is the coordinator's second phase.

// decide puts a decision into the journal, and goes on with the one that holds.
func (c *Coordinator) decide(t *transaction, d Decision) {
	t.phase = deciding
	e := Entry{Tx: t.id, Variant: t.variant, Decision: d}
	for _, b := range t.branches {
		// Who voted no or read-only is through with the transaction.
		if b.vote != No && b.vote != ReadOnly {
			e.Branches = append(e.Branches, b.Branch)
		}
	}
	c.journal.Decide(e, c.mark(), func(held Decision) { c.settle(t, held) })
}

// settle begins the second phase with the decision that holds.
func (c *Coordinator) settle(t *transaction, held Decision) {
	if t.decision == Committed && held == Aborted {
		panic(fmt.Sprintf("twophase: %v was committed by its votes, and the journal has it aborted", t.id))
	}
	for i := range t.branches {
		b := &t.branches[i]
		b.acked = b.acked || b.vote == No || b.vote == ReadOnly
	}
	known := t.decision != Undecided
	t.phase, t.decision = decided, held
	c.note("decides "+held.String(), t)
	if !known {
		c.answer(t)
	}
	c.announce(t)
	c.arm()
}

// answer tells the client, once the record is durable: so a client that was told
// never hears anything else.
func (c *Coordinator) answer(t *transaction) {
	if t.client == "" {
		return
	}
	//parley:rule twophase.log.commit-point twophase.goal.atomic-transfer value=c.env.SendEarly
	say := c.env.Send
	say(t.client, &Outcome{t.id, t.decision})
}

// announce sends the decision to all who have not acknowledged it, and forgets
// the transaction if nobody has to.
func (c *Coordinator) announce(t *transaction) {
	t.due = c.after(c.cfg.ResendAfter)
	for _, b := range t.branches {
		if !b.acked {
			//parley:rule twophase.protocol.phases drop
			c.tell(t, b.Participant)
		}
	}
	//parley:rule twophase.scenario.coordinator-fails-after-decision twophase.guarantee.agreement force=true
	if !t.variant.Acknowledged(t.decision) || t.acked() {
		c.end(t)
	}
}

// tell sends the decision to one participant.
func (c *Coordinator) tell(t *transaction, to node.Addr) {
	ack := t.variant.Acknowledged(t.decision)
	//parley:rule twophase.log.force-before-send value=c.env.SendEarly
	say := c.env.Send
	if t.decision == Committed {
		say(to, &Commit{t.id, ack})
	} else {
		say(to, &Abort{t.id, ack})
	}
}

// onAck notes that a participant has the decision in its log.
func (c *Coordinator) onAck(from node.Addr, m *Ack) {
	t := c.find(m.Tx)
	if t == nil || t.phase != decided {
		return
	}
	for i := range t.branches {
		if b := &t.branches[i]; b.Participant == from.Node() {
			b.acked = true
		}
	}
	if t.acked() {
		c.end(t)
	}
}

// acked tells whether nobody can be in doubt any more.
func (t *transaction) acked() bool {
	for _, b := range t.branches {
		if !b.acked {
			return false
		}
	}
	return true
}

// end forgets a transaction.
func (c *Coordinator) end(t *transaction) {
	c.forget(t)
	c.journal.End(t.id, c.mark())
}

// onInquire answers a participant in doubt. While votes are being counted the
// answer is that nothing is decided: an abort presumed now could be followed by a
// commit.
func (c *Coordinator) onInquire(from node.Addr, m *Inquire) {
	t := c.find(m.Tx)
	//parley:rule twophase.scenario.coordinator-fails-before-decision force=false
	if t != nil && t.phase != decided {
		c.env.Send(from, &Status{m.Tx, Undecided})
		return
	}
	if t != nil && t.phase == decided {
		c.env.Send(from, &Status{m.Tx, t.decision})
		return
	}
	c.journal.Resolve(m.Tx, m.Variant, func(d Decision, staged []Branch) {
		c.report(from, m.Tx, m.Variant, d, staged)
	})
}
