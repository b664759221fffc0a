package clocktest

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/vector"
)

// Note is the one message: the readings of the event that sent it.
type Note struct {
	Event  uint64       `wire:"1"` // its number in the execution, for the judge only
	Time   lamport.Time `wire:"2"`
	Vector vector.Clock `wire:"3"`
}

var _ = wire.Register[Note]("clocktest.Note")

// process does events at random and stamps them by both clocks.
type process struct {
	id    int
	peers []node.Addr
	pause time.Duration
	seen  *Execution

	env    node.Env
	next   node.Timer
	time   lamport.Clock
	vector vector.Clock
}

func (p *process) Start(env node.Env) {
	p.env, p.vector = env, vector.New(len(p.peers))
	p.next = env.Timer(p.act)
	p.wait()
}

func (p *process) wait() {
	p.next.Reset(time.Duration(p.env.Rand().Int64N(int64(p.pause))))
}

// act does an event: one that sends in two cases of three.
func (p *process) act() {
	now := p.time.Tick()
	p.vector.Tick(p.id)
	e := p.seen.add(p.id, now, p.vector, none)
	if to := p.env.Rand().IntN(len(p.peers)); p.env.Rand().IntN(3) > 0 && to != p.id {
		p.env.Send(p.peers[to], &Note{Event: uint64(e), Time: now, Vector: p.vector.Clone()})
	}
	p.wait()
}

func (p *process) Receive(_ node.Addr, m node.Message) {
	note := m.(*Note)
	now, err := p.time.Receive(note.Time)
	if err != nil {
		p.env.Halt(err)
		return
	}
	p.vector.Receive(p.id, note.Vector)
	p.seen.add(p.id, now, p.vector, int(note.Event))
}
