package twophase

import "github.com/parleysystems/parley/node"

// This file is the coordinator's first phase.

// prepare asks all participants for their votes.
func (c *Coordinator) prepare(t *transaction) {
	t.phase, t.due = voting, c.after(c.cfg.VoteTimeout)
	e := Entry{Tx: t.id, Variant: t.variant}
	var peers []node.Addr
	for i := range t.branches {
		b := &t.branches[i]
		b.ReadOnly = b.ReadOnly && !c.cfg.Parallel
		e.Branches = append(e.Branches, b.Branch)
		if !b.ReadOnly {
			peers = append(peers, b.Participant)
		}
	}
	c.journal.Start(e, func(held Decision, staged bool) { c.onStarted(t, held, staged) })
	for _, b := range t.branches {
		c.env.Send(b.Participant, &Prepare{
			Tx: t.id, Variant: t.variant, Ops: b.Ops, ReadOnly: b.ReadOnly,
			Peers: peers, Deputies: c.deputies, Mark: c.mark(),
		})
	}
	if len(t.branches) == 0 {
		c.count(t)
	}
}

// onStarted hears from the journal.
func (c *Coordinator) onStarted(t *transaction, held Decision, staged bool) {
	if t.phase != voting {
		return
	}
	if t.started, t.staged = true, staged; held != Undecided {
		c.settle(t, held)
		return
	}
	c.count(t)
}

// onVoted takes a vote. One that comes after the decision changes nothing: a late
// yes is answered with what was decided.
func (c *Coordinator) onVoted(from node.Addr, m *Voted) {
	t := c.find(m.Tx)
	if t == nil {
		c.enlighten(from, m)
		return
	}
	//parley:rule twophase.timeout.coordinator-aborts twophase.guarantee.agreement force=false
	if t.phase != voting {
		if t.phase == decided && m.Vote == Yes {
			c.tell(t, from.Node())
		}
		return
	}
	for i := range t.branches {
		if b := &t.branches[i]; b.Participant == from.Node() {
			b.vote = m.Vote
		}
	}
	c.count(t)
}

// enlighten answers a yes about a transaction that is over.
func (c *Coordinator) enlighten(from node.Addr, m *Voted) {
	if m.Vote == Yes && m.Tx.Coordinator == c.env.Self() {
		c.journal.Resolve(m.Tx, c.cfg.Variant, func(d Decision, staged []Branch) {
			c.report(from, m.Tx, c.cfg.Variant, d, staged)
		})
	}
}

// count decides once the votes suffice: a single no aborts, and only unanimous
// votes commit.
func (c *Coordinator) count(t *transaction) {
	//parley:rule twophase.protocol.unanimity force=false
	if t.votes(No) > 0 {
		c.decide(t, Aborted)
		return
	}
	//parley:rule twophase.protocol.unanimity value=2*(t.votes(Yes)+t.votes(ReadOnly)) <= len(t.branches)
	if t.votes(Yes)+t.votes(ReadOnly) < len(t.branches) {
		return
	}
	if !t.started {
		return
	}
	//parley:rule twophase.guarantee.commit-when-healthy value=Aborted
	verdict := Committed
	if t.staged {
		t.decision = Committed // by the votes; what follows only makes it known
		c.answer(t)
	}
	c.decide(t, verdict)
}

func (t *transaction) votes(v Vote) (n int) {
	for _, b := range t.branches {
		if b.vote == v {
			n++
		}
	}
	return n
}
