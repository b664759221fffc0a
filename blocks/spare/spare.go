// Package spare keeps what is not used any more, to be used again: who makes and drops
// the same things all the time allocates nothing then. Whoever gives something knows that
// nobody else looks at it, and leaves in it nothing that should not be kept in memory.
package spare

// Pile is things of a kind. The zero value is empty.
type Pile[T any] struct{ things []T }

// Take returns what was given last, and the zero value if there is nothing.
func (p *Pile[T]) Take() (t T) {
	if n := len(p.things); n > 0 {
		t, p.things[n-1] = p.things[n-1], t
		p.things = p.things[:n-1]
	}
	return t
}

// Give keeps something, unless there are so many already.
func (p *Pile[T]) Give(t T, most int) {
	if len(p.things) < most {
		p.things = append(p.things, t)
	}
}

// Len returns how many there are.
func (p *Pile[T]) Len() int { return len(p.things) }

// Made is a Pile of what pointers lead to, and makes more. The zero value is empty.
type Made[T any] struct{ Pile[*T] }

// Take returns what was given last, or a new one.
func (m *Made[T]) Take() *T {
	if t := m.Pile.Take(); t != nil {
		return t
	}
	return new(T)
}
