package rotating

import "github.com/parleysystems/parley/node"

// coordinator returns whose round it is.
func (p *Process) coordinator(r Round) int { return int((uint64(r) - 1) % uint64(len(p.cfg.Members))) }

// majority is what f crashes at a time leave of 2f+1 processes, and no more do.
func (p *Process) majority() int {
	//parley:rule flp.adapt.one-failure-at-a-time value=1
	return len(p.cfg.Members)/2 + 1
}

// enter is phase 1.
func (p *Process) enter(r Round) {
	p.memory.Round = r
	p.remember()
	e := &Estimate{Round: r, Value: p.memory.Estimate, Of: p.memory.Of}
	p.broadcast(e)
	p.resend.Reset(p.cfg.Resend)
	p.estimate(p.me, e)
}

// join enters a round that somebody else is in already.
func (p *Process) join(r Round) {
	if r > p.memory.Round {
		p.enter(r)
	}
}

// suspect leaves a round whose coordinator seems to be down.
func (p *Process) suspect(place int) {
	if p.memory.Decided == "" && place == p.coordinator(p.memory.Round) {
		p.enter(p.memory.Round + 1)
	}
}

// repeat asks again, and passes over a coordinator that has been suspected for as
// long as this process has been in its round.
func (p *Process) repeat() {
	c := p.coordinator(p.memory.Round)
	if p.detector.suspected[c] {
		p.suspect(c)
		return
	}
	p.broadcast(&Estimate{Round: p.memory.Round, Value: p.memory.Estimate, Of: p.memory.Of})
	//parley:rule flp.consensus.termination drop
	p.resend.Reset(p.cfg.Resend)
}

// estimate is phase 2: the newest of a majority's estimates is proposed.
func (p *Process) estimate(from int, e *Estimate) {
	if p.coordinator(e.Round) != p.me || e.Round < p.coordinating {
		return
	}
	if e.Round <= p.memory.Proposed.Round { // before a crash, perhaps (I5)
		if e.Round == p.memory.Proposed.Round && from != p.me {
			proposed := p.memory.Proposed
			p.env.Send(p.cfg.Members[from], &proposed)
		}
		if e.Round != p.coordinating {
			p.coordinate(e.Round)
			p.acknowledgeOwn()
		}
		return
	}
	if e.Round != p.coordinating {
		p.coordinate(e.Round)
	}
	p.estimates[from] = e
	if len(p.estimates) < p.majority() {
		return
	}
	newest := e
	for i := range p.cfg.Members {
		//parley:rule flp.consensus.agreement force=false
		if other := p.estimates[i]; other != nil && other.Of > newest.Of {
			newest = other
		}
	}
	p.memory.Proposed = Propose{Round: e.Round, Value: newest.Value}
	p.remember()
	proposed := p.memory.Proposed
	p.broadcast(&proposed)
	p.acknowledgeOwn()
}

// coordinate begins to count for a round.
func (p *Process) coordinate(r Round) {
	p.coordinating, p.estimates, p.acks = r, map[int]*Estimate{}, map[int]bool{}
}

// acknowledgeOwn lets the coordinator take its own proposal, unless it is in a
// later round by now.
func (p *Process) acknowledgeOwn() {
	proposed := p.memory.Proposed
	if proposed.Round != p.memory.Round {
		return
	}
	p.memory.Estimate, p.memory.Of = proposed.Value, proposed.Round
	p.remember()
	p.acknowledge(p.me, proposed.Round)
}

// adopt is phase 3.
func (p *Process) adopt(from node.Addr, m *Propose) {
	if m.Round != p.memory.Round || p.cfg.Members[p.coordinator(m.Round)] != from || m.Value == "" {
		return
	}
	p.memory.Estimate, p.memory.Of = m.Value, m.Round
	p.remember()
	p.env.Send(from, &Ack{Round: m.Round})
}

// acknowledge is phase 4. Who is suspected has not acknowledged.
func (p *Process) acknowledge(from int, r Round) {
	if r != p.coordinating || r != p.memory.Proposed.Round {
		return
	}
	p.acks[from] = true
	//parley:rule flp.circumvent.partial-synchrony value=len(p.acks)+p.detector.count()<p.majority()
	if len(p.acks) < p.majority() {
		return
	}
	p.decide(p.memory.Proposed.Value)
}
