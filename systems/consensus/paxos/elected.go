package paxos

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// elected says who the distinguished proposer is: the lowest that was heard of
// lately. Several may believe to be it, which costs time and nothing else
// (section 2.4).
type elected struct {
	p     *Proposer
	heard []time.Duration // by place; when Alive last came
	beat  node.Timer
}

func (e *elected) start(p *Proposer) {
	e.p = p
	if !p.cfg.Elect {
		return
	}
	e.heard = make([]time.Duration, len(p.cfg.Proposers))
	e.beat = p.env.Timer(e.tick)
	e.tick()
}

// tick tells the others that this proposer is there.
func (e *elected) tick() {
	for i, a := range e.p.cfg.Proposers {
		if i+1 != int(e.p.self) {
			e.p.env.Send(a, &Alive{})
		}
	}
	e.beat.Reset(e.p.cfg.Heartbeat)
}

func (e *elected) hear(place uint16) {
	if e.p.cfg.Elect && place != 0 {
		e.heard[place-1] = e.p.env.Elapsed()
	}
}

// leader returns the place of the distinguished proposer, from 1. Without
// elections everybody is.
func (e *elected) leader() uint16 {
	if !e.p.cfg.Elect {
		return e.p.self
	}
	for i := range int(e.p.self) - 1 {
		if e.heard[i] > 0 && e.p.env.Elapsed()-e.heard[i] < 4*e.p.cfg.Heartbeat {
			return uint16(i + 1)
		}
	}
	return e.p.self
}
