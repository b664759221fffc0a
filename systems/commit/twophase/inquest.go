package twophase

import (
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// This file finds out about transactions that are staged: recorded beside their
// votes, and committed if and only if all participants voted yes.

// inquest is such a transaction, of this coordinator's earlier incarnations or of
// another, whose participants are being asked.
type inquest struct {
	tx       TxID
	variant  Variant
	branches []part
	closed   bool // the journal is at it
	done     []func(Decision)
	due      time.Duration
}

// Bounds of inquests, and of who waits for one. Who is not heard asks again.
const (
	maxInquests = 1024
	maxWaiting  = 16
)

// list returns the branches without what their participants have said.
func (t *transaction) list() (branches []Branch) {
	for _, b := range t.branches {
		branches = append(branches, b.Branch)
	}
	return branches
}

// inquire asks the participants of a staged transaction, and runs done with the
// decision.
func (c *Coordinator) inquire(tx TxID, v Variant, branches []Branch, done func(Decision)) {
	i := slices.IndexFunc(c.inquests, func(q *inquest) bool { return q.tx == tx })
	if i >= 0 {
		if q := c.inquests[i]; len(q.done) < maxWaiting {
			q.done = append(q.done, done)
		}
		return
	}
	if len(c.inquests) >= maxInquests {
		return
	}
	q := &inquest{tx: tx, variant: v, done: []func(Decision){done}}
	for _, b := range branches {
		q.branches = append(q.branches, part{Branch: b})
	}
	c.inquests = append(c.inquests, q)
	c.env.Note("finds a staged transaction", slog.String("tx", tx.String()))
	c.question(q)
	c.arm()
}

// question asks those who have not said yes.
func (c *Coordinator) question(q *inquest) {
	q.due = c.after(c.cfg.ResendAfter)
	for _, b := range q.branches {
		if b.vote != Yes {
			c.env.Send(b.Participant, &Inquire{q.tx, q.variant})
		}
	}
}

// askAgain sends questions that have waited for too long.
func (c *Coordinator) askAgain(now time.Duration) {
	for _, q := range slices.Clone(c.inquests) {
		if q.due <= now && !q.closed {
			c.question(q)
		}
	}
}

// onStatus takes a participant's answer. One that knows no decision voted yes; one
// that had not voted has refused by answering.
func (c *Coordinator) onStatus(from node.Addr, m *Status) {
	i := slices.IndexFunc(c.inquests, func(q *inquest) bool { return q.tx == m.Tx })
	if i < 0 || c.inquests[i].closed {
		return
	}
	q, missing := c.inquests[i], 0
	for i := range q.branches {
		b := &q.branches[i]
		if b.Participant == from.Node() && m.Decision == Undecided {
			b.vote = Yes
		}
		if b.vote != Yes {
			missing++
		}
	}
	switch {
	case m.Decision == Committed || m.Decision == Undecided && missing == 0:
		c.close(q, Committed)
	case m.Decision == Aborted:
		c.close(q, Aborted)
	}
}

// close proposes what the participants' answers amount to. The record names them: the
// transaction's own coordinator, when it is back, may not say that it is over before
// they have acknowledged the decision (I5).
func (c *Coordinator) close(q *inquest, d Decision) {
	q.closed = true
	c.env.Note("finds "+d.String(), slog.String("tx", q.tx.String()))
	e := Entry{Tx: q.tx, Variant: q.variant, Decision: d}
	for _, b := range q.branches {
		//parley:rule twophase.scenario.coordinator-fails-after-decision drop
		e.Branches = append(e.Branches, b.Branch)
	}
	c.journal.Decide(e, c.mark(), func(held Decision) {
		c.inquests = slices.DeleteFunc(c.inquests, func(o *inquest) bool { return o == q })
		for _, done := range q.done {
			done(held)
		}
	})
}

// report answers a participant in doubt with what the journal knows.
func (c *Coordinator) report(to node.Addr, tx TxID, v Variant, d Decision, staged []Branch) {
	say := func(d Decision) { c.env.Send(to, &Status{tx, d}) }
	if d == Undecided {
		c.inquire(tx, v, staged, say)
		return
	}
	say(d)
}
