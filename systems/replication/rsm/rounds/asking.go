package rounds

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Ask asks the leader for an index such that a state that reflects it is fresh
// enough for the reads behind the request.
type Ask struct {
	ID    uint64 `wire:"1"`
	Lease bool   `wire:"2"` // the leader's lease is proof enough
}

// Answer answers Ask. It holds for all reads that wait under that id, whoever
// leads when it arrives.
type Answer struct {
	ID    uint64    `wire:"1"`
	Index rsm.Index `wire:"2"`
}

func init() {
	wire.Register[Ask]("rounds.Ask")
	wire.Register[Answer]("rounds.Answer")
}

// Asking is a replica's reads that wait for the leader's answer, or for the
// replica to apply as far as the answer said.
type Asking struct {
	next    uint64
	waiting []asked
}

type asked struct {
	id    uint64
	index rsm.Index // 0 until the leader has answered
	done  func(error)
}

// maxAsked bounds the requests: the oldest, whose answer was probably lost,
// gives way.
const maxAsked = 64

// Start draws where ids begin, lest an answer to an earlier incarnation fit.
func (a *Asking) Start(env node.Env) { a.next = env.Rand().Uint64() >> 1 }

// Ask sends a read's question to the leader.
func (a *Asking) Ask(env node.Env, leader node.Addr, level rsm.Level, done func(error)) {
	a.next++
	if len(a.waiting) == maxAsked {
		oldest := a.waiting[0]
		a.waiting = append(a.waiting[:0], a.waiting[1:]...)
		oldest.done(rsm.ErrBusy)
	}
	a.waiting = append(a.waiting, asked{id: a.next, done: done})
	// Early: a question promises nothing.
	env.SendEarly(leader, &Ask{ID: a.next, Lease: level == rsm.Lease})
}

// Receive takes an answer. Release is to follow.
func (a *Asking) Receive(m *Answer) {
	for i := range a.waiting {
		if a.waiting[i].id == m.ID {
			a.waiting[i].index = max(m.Index, 1)
		}
	}
}

// Release lets go on who waits for what is applied now.
func (a *Asking) Release(applied rsm.Index) {
	if len(a.waiting) == 0 {
		return
	}
	var ready []asked
	rest := a.waiting[:0]
	for _, w := range a.waiting {
		if w.index > 0 && w.index <= max(applied, 1) {
			ready = append(ready, w)
		} else {
			rest = append(rest, w)
		}
	}
	clear(a.waiting[len(rest):])
	a.waiting = rest
	for _, w := range ready {
		w.done(nil)
	}
}
