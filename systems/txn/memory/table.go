package memory

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// table finds entries by their keys, by open addressing with linear probing. What a
// lookup costs in a large table is the memory that it touches which no cache holds: one
// line of slots, eight to the line, and then the entry.
type table struct {
	slots  []slot // a power of two of them, at most half in use
	chunks [][]entry
	made   uint32   // entries in the chunks
	free   []uint32 // those of them that are no key's
	used   int
}

// slot leads to an entry. It holds no pointer, so that the garbage collector passes by.
type slot struct {
	hash uint32
	at   uint32 // the number of the entry plus 1; 0 if the slot is empty
}

const minSlots = 16

// The entries of a chunk are allocated together, in whole pages, so that none lies across a
// line too many. Each chunk has as many as all before it, up to a bound, so that there are
// few of them, and where they are is in the cache.
const (
	chunk     = 1 << 8
	doublings = 8
	large     = chunk << doublings
)

// entry is a key, there or not: three cache lines.
type entry struct {
	key            string
	value          []byte // in space if it fits there
	oldest, newest *image
	seq            scheme.Seq // of the newest commit that changed it
	there          bool
	short          uint8 // how much of space holds the key; 0 if it is long
	space          [126]byte
}

// longest is the length of the longest key that an entry has within it.
const longest = 64

func (t *table) at(n uint32) *entry {
	c, i := place(n - 1)
	return &t.chunks[c][i]
}

// place returns the chunk of an entry, and where it is in there.
func place(n uint32) (c, i uint32) {
	if n >= large {
		return doublings + n/large, n % large
	}
	if n < chunk {
		return 0, n
	}
	c = uint32(bits.Len32(n / chunk))
	return c, n - chunk<<(c-1)
}

func hash(key []byte) uint32 { return uint32(xxhash.Sum64(key)) }

// find returns a key's entry, or nil.
func (t *table) find(key []byte) *entry {
	if at, there := t.slot(hash(key), key); there {
		return t.at(t.slots[at].at)
	}
	return nil
}

// slot returns where a key is, or where it would be put.
func (t *table) slot(h uint32, key []byte) (at uint32, there bool) {
	mask := uint32(len(t.slots) - 1)
	for at = h & mask; ; at = (at + 1) & mask {
		s := t.slots[at]
		if s.at == 0 {
			return at, false
		}
		if s.hash == h && t.at(s.at).is(key) {
			return at, true
		}
	}
}

// is tells whether the entry is a key's.
func (e *entry) is(key []byte) bool {
	if e.short > 0 {
		return string(e.space[:e.short]) == string(key)
	}
	return e.key == string(key)
}

// warm brings the lines of entries into the cache. The loads of one loop do not depend on
// each other, so that the memory serves them at the same time.
func (t *table) warm(keys [][]byte) (sum uint32) {
	var at [warmed]uint32
	mask := uint32(len(t.slots) - 1)
	for i, key := range keys {
		h := hash(key)
		s := t.slots[h&mask]
		if s.hash != h {
			s = t.slots[(h+1)&mask]
		}
		at[i] = s.at
	}
	for i := range keys {
		if at[i] > 0 {
			e := t.at(at[i])
			sum += uint32(len(e.value)) + uint32(e.short) + uint32(e.space[len(e.space)/2]) + uint32(e.space[len(e.space)-1])
		}
	}
	return sum
}

// warmed is how many entries are warmed at a time.
const warmed = 16

// add makes an entry of a key that has none.
func (t *table) add(key []byte) *entry {
	if 2*(t.used+1) > len(t.slots) {
		t.grow()
	}
	h := hash(key)
	at, _ := t.slot(h, key)
	n := t.take()
	t.slots[at] = slot{h, n}
	t.used++
	e := t.at(n)
	*e = entry{key: string(key)}
	if len(key) <= longest {
		e.short = uint8(copy(e.space[:], key))
	}
	return e
}

// take returns the number of an entry that is no key's.
func (t *table) take() uint32 {
	if n := len(t.free); n > 0 {
		last := t.free[n-1]
		t.free = t.free[:n-1]
		return last
	}
	if _, i := place(t.made); i == 0 {
		t.chunks = append(t.chunks, make([]entry, min(large, max(chunk, t.made))))
	}
	t.made++
	return t.made
}

// remove forgets a key, whose entry may become another's.
func (t *table) remove(key []byte) {
	at, there := t.slot(hash(key), key)
	if !there {
		return
	}
	n := t.slots[at].at
	*t.at(n) = entry{}
	t.free = append(t.free, n)
	t.used--
	t.close(at)
}

// close empties a slot. Those behind it move up that would not be found past it.
func (t *table) close(hole uint32) {
	mask := uint32(len(t.slots) - 1)
	for at := (hole + 1) & mask; t.slots[at].at != 0; at = (at + 1) & mask {
		if home := t.slots[at].hash & mask; (at-home)&mask >= (at-hole)&mask {
			t.slots[hole] = t.slots[at]
			hole = at
		}
	}
	t.slots[hole] = slot{}
}

// grow doubles the slots.
func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, max(minSlots, 2*len(old)))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.at == 0 {
			continue
		}
		at := s.hash & mask
		for t.slots[at].at != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = s
	}
}
