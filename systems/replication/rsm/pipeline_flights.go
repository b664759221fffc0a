package rsm

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// flight is one message on its way, with what it carries. It is over when all
// that has an outcome, when the message was refused, or when it went unanswered
// for too long; what has no outcome then goes with a later one.
type flight struct {
	id     uint64
	to     node.Addr
	sentAt time.Duration

	seqs []uint64 // commands
	left int      // of seqs, without an outcome

	level Level
	asks  []pending // questions
}

func (p *Pipeline) newFlight(to node.Addr) *flight {
	p.lastID++
	return &flight{id: p.lastID, to: to, sentAt: p.env.Elapsed()}
}

// target is who should lead.
func (p *Pipeline) target() node.Addr {
	if p.leader != "" {
		return p.leader
	}
	return p.servers[p.turn%len(p.servers)]
}

// mistrust turns to another server, if it is still the one asked.
func (p *Pipeline) mistrust(server node.Addr) {
	if p.target() == server {
		p.leader = ""
		p.turn++
	}
}

// onRefused takes back what was not taken, and turns to the leader.
func (p *Pipeline) onRefused(from node.Addr, m *Refused) {
	refused := func(f *flight) bool { return f.id == m.ID || m.ID == 0 && f.to == from }
	p.land(&p.commands.flights, refused, m)
	for level := range p.asks {
		p.land(&p.asks[level].flights, refused, m)
	}
	if from != p.target() {
		return // an earlier one's late word
	}
	switch m.Code.Err() {
	case ErrNotLeader, ErrNoLeader, ErrUnknown:
		if m.Leader != "" && m.Leader != from {
			p.leader = m.Leader
			return
		}
		p.mistrust(from)
	}
	p.backOff()
}

// retry takes back flights that went unanswered for too long.
func (p *Pipeline) retry(flights *[]*flight, now time.Duration) {
	p.land(flights, func(f *flight) bool {
		if now-f.sentAt < p.cfg.RetryAfter {
			return false
		}
		p.mistrust(f.to)
		return true
	}, &Refused{Code: CodeOf(ErrUnknown)})
}

// land ends flights and takes back what they carried.
func (p *Pipeline) land(flights *[]*flight, which func(*flight) bool, why *Refused) {
	var landed []*flight
	*flights = slices.DeleteFunc(*flights, func(f *flight) bool {
		if !which(f) {
			return false
		}
		landed = append(landed, f)
		return true
	})
	for _, f := range landed {
		if f.asks != nil {
			p.asks[f.level].takeBack(f, why.Code.Err())
		} else {
			p.commands.takeBack(f, why)
		}
	}
}
