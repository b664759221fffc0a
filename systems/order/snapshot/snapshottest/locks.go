package snapshottest

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/blocks/digraph"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// The messages of the locks: each member keeps one.
type (
	// Ask wants the receiver's lock.
	Ask struct{}
	// Grant gives the receiver the sender's lock.
	Grant struct{}
	// Release gives the receiver's lock back.
	Release struct{}
)

// locking is the state of a member: of the lock that it keeps, and of the round
// in which it acquires two and releases both.
type locking struct {
	Holder int    `wire:"1"` // place and 1; 0 if the lock is free
	Queue  []int  `wire:"2"` // places of who waits for it
	Has    []int  `wire:"3"` // the locks held
	Wants  int    `wire:"4"` // place and 1 of the lock asked for; 0 for none
	Round  uint64 `wire:"5"`
	Plan   []int  `wire:"6"` // the locks to ask for in this round
}

var (
	_ = wire.Register[Ask]("snapshottest.Ask")
	_ = wire.Register[Grant]("snapshottest.Grant")
	_ = wire.Register[Release]("snapshottest.Release")
	_ = wire.Register[locking]("snapshottest.locking")
)

// locker takes two locks at a time, in any order, which may end in a deadlock.
type locker struct {
	locking
	peers   []node.Addr
	pause   time.Duration
	until   time.Duration
	ordered bool // asks for the lesser lock first, which never does

	env   node.Env
	next  node.Timer
	since time.Duration // when the lock that it wants was asked for
}

// Start implements node.Node.
func (l *locker) Start(env node.Env) {
	l.env, l.next = env, env.Timer(l.act)
	if l.Wants == 0 {
		l.wait()
	}
}

func (l *locker) wait() { l.next.Reset(time.Duration(1 + l.env.Rand().Int64N(int64(l.pause)))) }

// act begins a round, asks for the second lock, or ends the round.
func (l *locker) act() {
	switch {
	case len(l.Plan) > 0:
		l.ask()
	case len(l.Has) > 0:
		for _, lock := range l.Has {
			l.env.Send(l.peers[lock], &Release{})
		}
		l.Has = nil
		l.wait()
	case l.env.Elapsed() < l.until:
		l.Round++
		a := l.env.Rand().IntN(len(l.peers))
		b := (a + 1 + l.env.Rand().IntN(len(l.peers)-1)) % len(l.peers)
		if l.Plan = []int{a, b}; l.ordered {
			slices.Sort(l.Plan)
		}
		l.ask()
	}
}

func (l *locker) ask() {
	lock := l.Plan[0]
	l.Plan = l.Plan[1:]
	l.Wants, l.since = lock+1, l.env.Elapsed()
	l.env.Send(l.peers[lock], &Ask{})
}

// Receive implements node.Node.
func (l *locker) Receive(from node.Addr, m node.Message) {
	p := place(l.peers, from)
	switch m.(type) {
	case *Ask:
		l.Queue = append(slices.Clone(l.Queue), p)
	case *Release:
		l.Holder = 0
	case *Grant:
		l.Has, l.Wants = append(slices.Clone(l.Has), p), 0
		l.wait()
	}
	if l.Holder == 0 && len(l.Queue) > 0 {
		l.Holder, l.Queue = l.Queue[0]+1, l.Queue[1:]
		l.env.Send(l.peers[l.Holder-1], &Grant{})
	}
}

// Snapshot implements snapshot.Process.
func (l *locker) Snapshot() []byte {
	s, err := wire.Marshal(&l.locking)
	if err != nil {
		panic(err)
	}
	return s
}

// Restore implements snapshot.Process.
func (l *locker) Restore(state []byte) error {
	s, err := unmarshal[locking](state)
	if err == nil {
		l.locking = *s
	}
	return err
}

// waits is the graph of who waits for whom, with the locks asked for.
type waits struct {
	graph  *digraph.Graph
	rounds []uint64
}

// deadlocked returns by member whether it waits in a circle.
func (w waits) deadlocked() []bool {
	in := make([]bool, w.graph.Nodes())
	component, sizes := w.graph.Components(^digraph.Kind(0))
	for p, c := range component {
		in[p] = sizes[c] > 1
	}
	return in
}

// build makes the graph of states and of what is in the channels.
func build(states []locking, travels func(from, to int) []node.Message) waits {
	w := waits{digraph.New(len(states)), nil}
	for p, s := range states {
		w.rounds = append(w.rounds, s.Round)
		if s.Wants == 0 {
			continue
		}
		lock := s.Wants - 1
		holder := states[lock].Holder - 1
		if holder < 0 || holder == p || has[*Grant](travels(lock, p)) || has[*Release](travels(holder, lock)) {
			continue // the lock is free, or on its way
		}
		w.graph.Add(p, holder, 1)
	}
	return w
}

func has[T any](messages []node.Message) bool {
	return slices.ContainsFunc(messages, func(m node.Message) bool { _, is := m.(T); return is })
}

// waitsIn reads the graph off a snapshot.
func waitsIn(g *snapshot.Global) (waits, error) {
	var states []locking
	for _, p := range g.Parts {
		s, err := unmarshal[locking](p.State)
		if err != nil {
			return waits{}, err
		}
		states = append(states, *s)
	}
	var failed error
	w := build(states, func(from, to int) []node.Message {
		messages, err := g.InFlight(from, to)
		if err != nil {
			failed = err
		}
		return messages
	})
	return w, failed
}
