package snapshottest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/vector"
)

// Transfer is money on its way from one branch to another, perhaps the same.
type Transfer struct {
	Amount int64        `wire:"1"`
	Number uint64       `wire:"2"` // of the sending among the events of its branch, from 1
	Clock  vector.Clock `wire:"3"`
}

// account is the state of a branch. Its own entry of the clock counts its events.
type account struct {
	Balance int64        `wire:"1"`
	Clock   vector.Clock `wire:"2"`
}

var (
	_ = wire.Register[Transfer]("snapshottest.Transfer")
	_ = wire.Register[account]("snapshottest.account")
)

// opening is what every branch begins with.
const opening = 1000

// branch sends money around: the process of most experiments.
type branch struct {
	account
	place int
	peers []node.Addr
	pause time.Duration // between two transfers, at most
	until time.Duration // when to stop
	seen  *history

	env  node.Env
	next node.Timer
}

func newBranch(place int, peers []node.Addr, pause, until time.Duration, seen *history) *branch {
	return &branch{
		account: account{Balance: opening, Clock: vector.New(len(peers))},
		place:   place, peers: peers, pause: pause, until: until, seen: seen,
	}
}

// Start implements node.Node.
func (b *branch) Start(env node.Env) {
	b.env = env
	b.next = env.Timer(b.act)
	b.wait()
}

func (b *branch) wait() { b.next.Reset(time.Duration(1 + b.env.Rand().Int64N(int64(b.pause)))) }

// act sends some of what is left.
func (b *branch) act() {
	if b.env.Elapsed() >= b.until {
		return
	}
	to, amount := b.env.Rand().IntN(len(b.peers)), 1+b.env.Rand().Int64N(opening/4)
	if amount <= b.Balance {
		b.Balance -= amount
		b.Clock.Tick(b.place)
		t := &Transfer{Amount: amount, Number: b.Clock[b.place], Clock: b.Clock.Clone()}
		b.seen.add(b.place, event{at: b.env.Elapsed(), send: true, peer: to, amount: amount, number: t.Number, clock: t.Clock})
		b.env.Send(b.peers[to], t)
	}
	b.wait()
}

// Receive implements node.Node.
func (b *branch) Receive(from node.Addr, m node.Message) {
	t, ok := m.(*Transfer)
	if !ok {
		return
	}
	b.Balance += t.Amount
	b.Clock.Receive(b.place, t.Clock)
	b.seen.add(b.place, event{
		at: b.env.Elapsed(), peer: place(b.peers, from), amount: t.Amount, number: t.Number, clock: b.Clock.Clone(),
	})
}

// Snapshot implements snapshot.Process.
func (b *branch) Snapshot() []byte {
	s, err := wire.Marshal(&b.account)
	if err != nil {
		panic(err)
	}
	return s
}

// Restore implements snapshot.Process.
func (b *branch) Restore(state []byte) error {
	a, err := unmarshal[account](state)
	if err != nil {
		return err
	}
	b.Balance = a.Balance
	b.Clock = vector.New(len(b.peers))
	b.Clock.Merge(a.Clock)
	return nil
}

func unmarshal[T any](state []byte) (*T, error) {
	m, err := wire.Unmarshal(state)
	if err != nil {
		return nil, err
	}
	t, ok := m.(*T)
	if !ok {
		return nil, fmt.Errorf("want a state of type %T, have %T", t, m)
	}
	return t, nil
}

func place(members []node.Addr, a node.Addr) int {
	for i, m := range members {
		if m == a {
			return i
		}
	}
	return -1
}
