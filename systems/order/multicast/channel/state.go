package channel

import (
	"github.com/parleysystems/parley/kernel/wire"
)

// State is what has to survive of a mesh: what is not confirmed, and what was
// handed on. What was held back will be sent again.
type State struct {
	Ends []EndState `wire:"1"`
}

// EndState is the part of one other member.
type EndState struct {
	Sent  Seq     `wire:"1"` // number of the last message sent
	Open  []*Data `wire:"2"` // not confirmed
	Next  Seq     `wire:"3"` // all before it were handed on
	Taken []Seq   `wire:"4"` // so were these, ahead of it
	First Seq     `wire:"5"` // all sent before it were given up
}

var _ = wire.Register[State]("channel.State")

// State returns the present state. It shares memory with the mesh, so encode it
// at once.
func (m *Mesh) State() *State {
	s := &State{}
	for i := range m.ends {
		e := &m.ends[i]
		s.Ends = append(s.Ends, EndState{
			Sent: e.out.next, Open: e.out.queue, First: e.out.first, Next: e.in.next, Taken: e.in.seen,
		})
	}
	return s
}

// Restore takes over a state of a mesh of the same members.
func (m *Mesh) Restore(s *State) {
	for i := range min(len(m.ends), len(s.Ends)) {
		e, old := &m.ends[i], &s.Ends[i]
		e.out.next, e.out.queue, e.out.first = old.Sent, old.Open, old.First
		e.in.next, e.in.seen = old.Next, old.Taken
	}
}

// Taken notes that a message of a member was handed on in an earlier life.
func (m *Mesh) Taken(from int, n Seq) { m.ends[from].in.Taken(n) }
