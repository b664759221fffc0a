package multicast

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
)

// NewTotal returns a member of a group that delivers everything everywhere in
// the order of stamps.
func NewTotal(cfg Config, app Application) *Member {
	return newMember(cfg, app, func(m *Member) ordering { return &total{m: m} })
}

// total is the queue of a member and its clock.
type total struct {
	m     *Member
	clock lamport.Clock
	queue queue
	early []earlyAck // acknowledgements that came before their update
	own   int        // of this member's, not delivered
}

// earlyAck is an acknowledgement without an update to go with.
type earlyAck struct {
	From int           `wire:"1"`
	Of   lamport.Stamp `wire:"2"`
}

func (t *total) admits(int, node.Message) bool { return true }

func (t *total) submit(number uint64, body []byte) {
	u := &Update{Number: number, Body: body,
		Stamp: lamport.Stamp{Time: t.clock.Tick(), Process: lamport.Process(t.m.self)}}
	t.own++
	t.m.mesh.Broadcast(u)
	t.enqueue(u)
}

func (t *total) receive(from int, msg node.Message) {
	switch msg := msg.(type) {
	case *Update:
		if t.hear(msg.Stamp.Time) {
			t.enqueue(msg)
		}
	case *Acknowledge:
		if t.hear(msg.Time) {
			t.acknowledged(from, msg.Of)
		}
	}
}

// hear moves the clock past a message's time, and tells whether it is one.
func (t *total) hear(stamp lamport.Time) bool {
	_, err := t.clock.Receive(stamp)
	return err == nil
}

// enqueue takes an update in, with the acknowledgements that overtook it.
func (t *total) enqueue(u *Update) {
	w := &waiting{Update: u, Acks: make([]bool, len(t.m.cfg.Members))}
	t.early = slices.DeleteFunc(t.early, func(e earlyAck) bool {
		if e.Of == u.Stamp {
			w.Acks[e.From] = true
		}
		return e.Of == u.Stamp
	})
	t.queue.insert(w)
	if t.m.cfg.OnReceipt {
		t.acknowledge(w)
	}
	t.advance()
}

// acknowledge tells everybody, itself included.
func (t *total) acknowledge(w *waiting) {
	if w.Offered {
		return
	}
	w.Offered = true
	w.Acks[t.m.self] = true
	t.m.mesh.Broadcast(&Acknowledge{Of: w.Update.Stamp, Time: t.clock.Tick()})
}

func (t *total) acknowledged(from int, of lamport.Stamp) {
	if w := t.queue.find(of); w != nil {
		w.Acks[from] = true
	} else {
		//parley:rule multicast.total.queue-and-ack drop
		t.early = append(t.early, earlyAck{from, of})
	}
	t.advance()
}

// advance delivers from the head of the queue as far as everybody has
// acknowledged (I2, I3). An update at the head is acknowledged.
func (t *total) advance() {
	for head := t.queue.head(); head != nil; head = t.queue.head() {
		t.acknowledge(head)
		//parley:rule multicast.total.queue-and-ack multicast.total.same-order multicast.total.one-silent-replica-blocks force=false
		if slices.Contains(head.Acks, false) {
			return
		}
		t.queue.pop()
		u := head.Update
		from := int(u.Stamp.Process)
		if from == t.m.self {
			t.own--
		}
		t.m.deliver(Delivery{From: from, Number: u.Number, Body: u.Body, Stamp: u.Stamp})
	}
}

func (t *total) direct(int, node.Message) {}

func (t *total) open() int { return t.own }

// totalState is a total in a checkpoint.
type totalState struct {
	Clock lamport.Time `wire:"1"`
	Queue []*waiting   `wire:"2"`
	Early []earlyAck   `wire:"3"`
	Own   int          `wire:"4"`
}

var _ = wire.Register[totalState]("multicast.total")

func (t *total) state() node.Message {
	return &totalState{t.clock.Now(), t.queue.entries, t.early, t.own}
}

func (t *total) restore(state node.Message) error {
	s, ok := state.(*totalState)
	if !ok {
		return fmt.Errorf("state of another multicast: %T", state)
	}
	t.clock, t.queue.entries, t.early, t.own = lamport.At(s.Clock), s.Queue, s.Early, s.Own
	return nil
}
