package divided

import "slices"

// voted takes a vote.
func (o *Owner) voted(m Message) {
	t := m.part.of
	t.votes--
	m.part.branch = m.branch
	if m.refused != nil && t.refused == nil {
		t.refused = m.refused
	}
	o.decide(t)
}

// decide decides about a transaction when all votes are there: against it, or by doing
// what is left, which is the coordinator's own part (D1).
func (o *Owner) decide(t *Transaction) {
	//parley:rule twophase.protocol.phases force=false
	if t.votes > 0 {
		return
	}
	//parley:rule twophase.protocol.unanimity force=false
	if t.refused != nil {
		o.tell(t, t.refused)
		return
	}
	o.start(t.home, true)
}

// tell tells of the decision: those who have voted yes (D3), and then the client.
func (o *Owner) tell(t *Transaction, abort error) {
	o.running = slices.DeleteFunc(o.running, func(r *Transaction) bool { return r == t })
	decision := commit
	if abort == nil {
		o.stats.Committed++
	} else {
		decision = undo
		o.stats.Aborted++
	}
	for _, p := range t.away {
		if p.branch != nil {
			o.say(p.owner, Message{word: decision, branch: p.branch})
		}
	}
	if t.Done != nil {
		t.Done(abort)
	}
	for _, p := range slices.Backward(t.parts) { // the next one has each where this one had it, in the same cache
		o.spent.takeBack(p.space)
		p.space = nil
	}
}
