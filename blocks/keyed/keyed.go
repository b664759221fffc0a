// Package keyed finds things by their keys, where these come and go all the time and few
// are there at once, as locks are: a table of which all that is in use lies together.
// Beside Go's map it takes one hash and one walk to find a key or the place for it, and
// what is removed leaves nothing behind.
//
// It is open addressing with linear probing: a key lies at the slot that its hash names, or
// behind it without a gap.
package keyed

import (
	"iter"

	"github.com/cespare/xxhash/v2"
)

// Table is things by key. The zero value is empty.
type Table[T any] struct {
	slots []slot[T] // a power of two of them, at most half in use
	used  int
}

// slot is in use if it has a thing.
type slot[T any] struct {
	hash  uint64
	key   string
	thing *T
}

const minSlots = 16

// Len returns how many things there are.
func (t *Table[T]) Len() int { return t.used }

// Get returns the thing of a key, or nil.
func (t *Table[T]) Get(key []byte) *T {
	if t.used == 0 {
		return nil
	}
	return t.slots[find(t.slots, xxhash.Sum64(key), key)].thing
}

// Of is Get for a string.
func (t *Table[T]) Of(key string) *T {
	if t.used == 0 {
		return nil
	}
	return t.slots[find(t.slots, xxhash.Sum64String(key), key)].thing
}

// find returns where a key is, or where it would be put.
func find[T any, K string | []byte](slots []slot[T], hash uint64, key K) int {
	mask := len(slots) - 1
	at := int(hash) & mask
	for s := &slots[at]; s.thing != nil && (s.hash != hash || s.key != string(key)); s = &slots[at] {
		at = (at + 1) & mask
	}
	return at
}

// Set gives a key a thing, which is not nil.
func (t *Table[T]) Set(key string, thing *T) {
	if 2*(t.used+1) > len(t.slots) {
		t.grow()
	}
	hash := xxhash.Sum64String(key)
	s := &t.slots[find(t.slots, hash, key)]
	if s.thing == nil {
		t.used++
	}
	*s = slot[T]{hash, key, thing}
}

// Delete forgets a key, if it is there.
func (t *Table[T]) Delete(key string) {
	if t.used == 0 {
		return
	}
	hole := find(t.slots, xxhash.Sum64String(key), key)
	if t.slots[hole].thing == nil {
		return
	}
	t.used--
	mask := len(t.slots) - 1
	for at := (hole + 1) & mask; t.slots[at].thing != nil; at = (at + 1) & mask {
		// Who would not be found past the hole moves into it.
		if home := int(t.slots[at].hash) & mask; (at-home)&mask >= (at-hole)&mask {
			t.slots[hole] = t.slots[at]
			hole = at
		}
	}
	t.slots[hole] = slot[T]{}
}

// All visits all things, in an order that says nothing. The table must not be changed
// meanwhile.
func (t *Table[T]) All() iter.Seq2[string, *T] {
	return func(visit func(string, *T) bool) {
		for i := range t.slots {
			if s := &t.slots[i]; s.thing != nil && !visit(s.key, s.thing) {
				return
			}
		}
	}
}

// grow doubles the slots.
func (t *Table[T]) grow() {
	old := t.slots
	t.slots = make([]slot[T], max(minSlots, 2*len(old)))
	for _, s := range old {
		if s.thing != nil {
			t.slots[find(t.slots, s.hash, s.key)] = s
		}
	}
}
