package multicast

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
)

// NewArrival returns a member of a group that delivers everything as it comes:
// its own at once, others' when they arrive. Copies of a database that are kept
// so end up different (multicasttest, unordered-diverges).
func NewArrival(cfg Config, app Application) *Member {
	return newMember(cfg, app, func(m *Member) ordering { return &arrival{m: m} })
}

type arrival struct {
	m     *Member
	clock lamport.Clock
}

func (a *arrival) admits(int, node.Message) bool { return true }

func (a *arrival) submit(number uint64, body []byte) {
	u := &Update{Number: number, Body: body,
		Stamp: lamport.Stamp{Time: a.clock.Tick(), Process: lamport.Process(a.m.self)}}
	a.m.mesh.Broadcast(u)
	a.deliver(u)
}

func (a *arrival) receive(_ int, msg node.Message) {
	u, ok := msg.(*Update)
	if !ok {
		return
	}
	if _, err := a.clock.Receive(u.Stamp.Time); err == nil {
		a.deliver(u)
	}
}

func (a *arrival) deliver(u *Update) {
	a.m.deliver(Delivery{From: int(u.Stamp.Process), Number: u.Number, Body: u.Body, Stamp: u.Stamp})
}

func (a *arrival) direct(int, node.Message) {}

func (a *arrival) open() int { return 0 }

// arrivalState is an arrival in a checkpoint.
type arrivalState struct {
	Clock lamport.Time `wire:"1"`
}

var _ = wire.Register[arrivalState]("multicast.arrival")

func (a *arrival) state() node.Message { return &arrivalState{a.clock.Now()} }

func (a *arrival) restore(state node.Message) error {
	s, ok := state.(*arrivalState)
	if !ok {
		return fmt.Errorf("state of another multicast: %T", state)
	}
	a.clock = lamport.At(s.Clock)
	return nil
}
