package dotted

import (
	"cmp"
	"iter"
	"slices"
)

// Set is the live versions of one value. The zero value is that of a value that was
// never written. Copies share memory: Clone it instead. Its fields are there for the
// codec; what comes from strangers is to be checked with Valid.
type Set[V any] struct {
	Entries []Entry[V] `wire:"1"` // sorted (I3)
}

// Entry is what is known of a replica's events.
type Entry[V any] struct {
	Replica Replica `wire:"1"`
	Events  uint64  `wire:"2"`
	Live    []V     `wire:"3"` // the newest event's first (I2)
}

// Valid tells whether I2 and I3 hold.
func (s *Set[V]) Valid() bool {
	for i, e := range s.Entries {
		if uint64(len(e.Live)) > e.Events || i > 0 && s.Entries[i-1].Replica >= e.Replica {
			return false
		}
	}
	return true
}

// Clone returns a copy that shares nothing with s but what the values refer to.
func (s *Set[V]) Clone() Set[V] {
	c := Set[V]{slices.Clone(s.Entries)}
	for i := range c.Entries {
		c.Entries[i].Live = slices.Clone(c.Entries[i].Live)
	}
	return c
}

// Len returns the number of siblings.
func (s *Set[V]) Len() (n int) {
	for i := range s.Entries {
		n += len(s.Entries[i].Live)
	}
	return n
}

// Values yields the siblings, in an order that is the same at all replicas.
func (s *Set[V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for i := range s.Entries {
			for _, v := range s.Entries[i].Live {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// AppendContext appends to c, which may be nil, what a reader of the Set has seen.
func (s *Set[V]) AppendContext(c Context) Context {
	for i := range s.Entries {
		c = append(c, Count{s.Entries[i].Replica, s.Entries[i].Events})
	}
	return c
}

// Covers tells whether s knows of every write that other knows of.
func (s *Set[V]) Covers(other *Set[V]) bool {
	for i := range other.Entries {
		theirs := &other.Entries[i]
		if j, found := s.find(theirs.Replica); theirs.Events > 0 && (!found || s.Entries[j].Events < theirs.Events) {
			return false
		}
	}
	return true
}

// Event writes a value at a replica, for a client that had seen c: what c has not
// seen stays beside it.
func (s *Set[V]) Event(c Context, at Replica, value V) {
	s.Discard(c)
	e := s.at(at)
	e.Events++
	e.Live = slices.Insert(e.Live, 0, value)
}

// Discard takes out the values that c has seen. It allocates nothing, unless c has
// seen replicas that the Set does not know.
func (s *Set[V]) Discard(c Context) {
	for _, seen := range c {
		s.at(seen.Replica).merge(seen.Events, nil)
	}
}

// Sync takes over what other knows. A value that one of the two knows to be
// overwritten is gone. Other is left as it was. It allocates nothing, unless there is
// more to hold than before.
func (s *Set[V]) Sync(other *Set[V]) {
	for i := range other.Entries {
		theirs := &other.Entries[i]
		s.at(theirs.Replica).merge(theirs.Events, theirs.Live)
	}
}

// merge takes over what another knows of the replica: how many events, and which are
// live. A value stays if both hold it live, or one does and the other does not know
// its event. On either side the live ones are the newest (I2), so it is enough to
// count: those above the oldest that both allow.
func (e *Entry[V]) merge(events uint64, live []V) {
	dead := max(e.Events-uint64(len(e.Live)), events-uint64(len(live)))
	if events > e.Events {
		old := e.Live
		e.Events, e.Live = events, append(e.Live[:0], live...)
		if len(old) > len(live) {
			clear(old[len(live):]) // the collector is not to find them
		}
	}
	if keep := e.Events - dead; keep < uint64(len(e.Live)) {
		clear(e.Live[keep:])
		e.Live = e.Live[:keep]
	}
}

// at returns the entry of a replica, and makes it if need be.
func (s *Set[V]) at(r Replica) *Entry[V] {
	i, found := s.find(r)
	if !found {
		s.Entries = slices.Insert(s.Entries, i, Entry[V]{Replica: r})
	}
	return &s.Entries[i]
}

func (s *Set[V]) find(r Replica) (int, bool) {
	return slices.BinarySearchFunc(s.Entries, r, func(e Entry[V], r Replica) int { return cmp.Compare(e.Replica, r) })
}
