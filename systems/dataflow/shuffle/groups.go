package shuffle

import (
	"bytes"
	"iter"
)

// Sorted is pairs in the order of their keys: a Merge, or a Reader.
type Sorted interface {
	Next() bool
	Key() []byte
	Value() []byte
	Err() error
}

// Groups reads sorted pairs key by key, each key once with all of its values
// (4.1: reduce is called for each unique key).
type Groups struct {
	in      Sorted
	key     []byte
	pending bool // in stands at a pair that was not handed out
	ended   bool
}

// NewGroups returns the groups of in.
func NewGroups(in Sorted) *Groups { return &Groups{in: in} }

// Next goes to the next key, past the values of this one that nobody read.
func (g *Groups) Next() bool {
	for range g.Values() { // what was not read
	}
	if !g.pending && (g.ended || !g.in.Next()) {
		g.ended = true
		return false
	}
	g.pending = true
	g.key = append(g.key[:0], g.in.Key()...)
	return true
}

// Key returns the current key, valid until Next.
func (g *Groups) Key() []byte { return g.key }

// Values returns the values of the current key that were not read before. Each
// is valid until the next one.
func (g *Groups) Values() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for g.pending && bytes.Equal(g.in.Key(), g.key) {
			more := yield(g.in.Value())
			if g.pending = g.in.Next(); !g.pending {
				g.ended = true
			}
			if !more {
				return
			}
		}
	}
}

// Err returns what ended the reading before the end.
func (g *Groups) Err() error { return g.in.Err() }
