package shuffle

import (
	"bytes"
	"encoding/binary"
	"math"
	"unsafe"
)

// Table folds the values of equal keys together as they are emitted, so that
// what is sorted, written and sent is one pair a key. It is a combiner that
// costs one look into a hash table a pair.
//
// V must not hold pointers to memory that grows: the table counts its
// size, not what it refers to.
type Table[V any] struct {
	size  int64
	slots []uint64 // half of a hash, and the number of a cell plus one; 0 if free
	mask  uint64
	cells []cell[V]
	arena []byte // the keys, one after the other
	fold  func(a, b V) V

	entries []entry // what Spill sorts; kept, since fresh memory is dear

	emitted int64
	bytes   int64
}

type cell[V any] struct {
	prefix uint64
	at     uint32 // of the key in arena
	length uint32
	value  V
}

const firstSlots = 1 << 10

// NewTable returns a table of size bytes in all, what sorting it takes
// included. fold must be commutative and associative.
func NewTable[V any](size int64, fold func(a, b V) V) *Table[V] {
	t := &Table[V]{size: max(size, smallestBuffer), fold: fold}
	t.resize(firstSlots)
	return t
}

// Add folds a value into those of its key. It returns false if the key is new
// and has no room: Spill, and add it again. An empty table takes every key.
func (t *Table[V]) Add(key []byte, value V) bool {
	p := prefix(key)
	h := hash(p, key)
	tag := h &^ math.MaxUint32
	for i := h >> 32; ; i++ {
		slot := t.slots[i&t.mask]
		if slot == 0 {
			return t.enter(i&t.mask, tag, p, key, value)
		}
		if slot&^math.MaxUint32 != tag {
			continue
		}
		c := &t.cells[uint32(slot)-1]
		if c.prefix == p && c.length == uint32(len(key)) && (len(key) <= 8 || bytes.Equal(key[8:], t.arena[c.at+8:c.at+c.length])) {
			c.value = t.fold(c.value, value)
			t.emitted++
			t.bytes += int64(len(key)) + int64(unsafe.Sizeof(value))
			return true
		}
	}
}

func (t *Table[V]) enter(slot, tag, p uint64, key []byte, value V) bool {
	if !t.grow(len(key)) {
		return false
	}
	t.cells = append(room(t.cells, 1), cell[V]{prefix: p, at: uint32(len(t.arena)), length: uint32(len(key)), value: value})
	t.arena = append(room(t.arena, len(key)), key...)
	t.slots[slot] = tag | uint64(len(t.cells))
	t.emitted++
	t.bytes += int64(len(key)) + int64(unsafe.Sizeof(value))
	if len(t.cells)*8 > len(t.slots)*5 {
		t.resize(len(t.slots) * 2)
	}
	return true
}

// room has n more elements fit. It doubles what append makes larger by a quarter at a time:
// what is grown through is copied, and is fresh memory, several times as often then.
func room[E any](s []E, n int) []E {
	if len(s)+n <= cap(s) {
		return s
	}
	return append(make([]E, 0, 2*cap(s)+n), s...)
}

// grow makes room for one more cell and its key, unless the table with the
// larger copy beside the old one would exceed its size.
func (t *Table[V]) grow(key int) bool {
	if len(t.cells) == 0 {
		return true
	}
	if len(t.arena)+key > math.MaxUint32 {
		return false
	}
	need := t.used()
	if len(t.cells) == cap(t.cells) {
		need += t.cellBytes() * int64(cap(t.cells)) * 2
	}
	if len(t.arena)+key > cap(t.arena) {
		need += int64(cap(t.arena))*2 + int64(key)
	}
	if (len(t.cells)+1)*8 > len(t.slots)*5 {
		need += int64(len(t.slots)) * 16
	}
	return need <= t.size
}

func (t *Table[V]) cellBytes() int64 {
	var c cell[V]
	return int64(unsafe.Sizeof(c)) + entrySize // what sorting it takes
}

func (t *Table[V]) used() int64 {
	return t.cellBytes()*int64(cap(t.cells)) + int64(cap(t.arena)) + int64(len(t.slots))*8
}

func (t *Table[V]) resize(n int) {
	old := t.slots
	t.slots, t.mask = make([]uint64, n), uint64(n-1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		i := slot >> 32 & t.mask
		for t.slots[i] != 0 {
			i = (i + 1) & t.mask
		}
		t.slots[i] = slot
	}
}

// Len returns the number of different keys that it holds.
func (t *Table[V]) Len() int { return len(t.cells) }

// Emitted returns the number of pairs, and the bytes of their keys and values,
// that were added since the table was made.
func (t *Table[V]) Emitted() (records, bytes int64) { return t.emitted, t.bytes }

// Reset empties the table without writing what it holds.
func (t *Table[V]) Reset() {
	clear(t.slots)
	t.cells, t.arena = t.cells[:0], t.arena[:0]
}

// Spill writes what the table holds, sorted, and empties it. partition says
// where a key belongs, encode appends a value's bytes.
func (t *Table[V]) Spill(w *Writer, partition func(key []byte) int, encode func([]byte, V) []byte) error {
	if cap(t.entries) < len(t.cells) {
		t.entries = make([]entry, cap(t.cells))
	}
	entries := t.entries[:len(t.cells)]
	for i, c := range t.cells {
		entries[i] = entry{prefix: c.prefix, ref: uint32(i), part: uint32(partition(t.key(uint32(i))))}
	}
	sortEntries(entries, t.key)
	var value []byte
	for _, e := range entries {
		value = encode(value[:0], t.cells[e.ref].value)
		if err := w.Write(int(e.part), t.key(e.ref), value); err != nil {
			return err
		}
	}
	t.Reset()
	return nil
}

func (t *Table[V]) key(ref uint32) []byte {
	c := &t.cells[ref]
	return t.arena[c.at : c.at+c.length : c.at+c.length]
}

// AppendInt encodes an integer of a table in eight bytes.
func AppendInt(to []byte, n int64) []byte { return binary.BigEndian.AppendUint64(to, uint64(n)) }

// Int reads what AppendInt wrote.
func Int(value []byte) int64 { return int64(binary.BigEndian.Uint64(value)) }
