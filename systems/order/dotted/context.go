package dotted

import (
	"cmp"
	"slices"
)

// Replica is the name of one: a number that is its own.
type Replica uint64

// Count is how many events of a replica are known.
type Count struct {
	Replica Replica `wire:"1"`
	Events  uint64  `wire:"2"`
}

// Context is what a reader has seen: of each replica how many events, sorted by
// replica. It is a plain slice, so messages can carry it. Those that come from
// strangers are to be checked with Valid.
type Context []Count

// Valid tells whether a context is sorted and names each replica once.
func (c Context) Valid() bool {
	for i := 1; i < len(c); i++ {
		if c[i-1].Replica >= c[i].Replica {
			return false
		}
	}
	return true
}

// Of returns how many events of a replica were seen.
func (c Context) Of(r Replica) uint64 {
	if i, found := c.find(r); found {
		return c[i].Events
	}
	return 0
}

// Covers tells whether who has seen c has seen all that d has.
func (c Context) Covers(d Context) bool {
	for _, e := range d {
		if c.Of(e.Replica) < e.Events {
			return false
		}
	}
	return true
}

func (c Context) find(r Replica) (int, bool) {
	return slices.BinarySearchFunc(c, r, func(e Count, r Replica) int { return cmp.Compare(e.Replica, r) })
}
