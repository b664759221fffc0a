package twophase

import "github.com/parleysystems/parley/node"

// This file is the coordinator's first phase.

// prepare asks all participants for their votes.
func (c *Coordinator) prepare(t *transaction) {
	t.phase, t.due = voting, c.after(c.cfg.VoteTimeout)
	e := Entry{Tx: t.id, Variant: t.variant}
	var peers []node.Addr
	for _, b := range t.branches {
		e.Branches = append(e.Branches, b.Branch)
		if !b.ReadOnly {
			peers = append(peers, b.Participant)
		}
	}
	c.journal.Start(e)
	for _, b := range t.branches {
		c.env.Send(b.Participant, &Prepare{
			Tx: t.id, Variant: t.variant, Ops: b.Ops, ReadOnly: b.ReadOnly,
			Peers: peers, Deputies: c.deputies, Mark: c.mark(),
		})
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
		c.journal.Resolve(m.Tx, c.cfg.Variant, func(d Decision) { c.env.Send(from, &Status{m.Tx, d}) })
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
	//parley:rule twophase.guarantee.commit-when-healthy value=Aborted
	verdict := Committed
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
