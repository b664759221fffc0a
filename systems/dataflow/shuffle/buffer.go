package shuffle

import (
	"bytes"
	"fmt"
	"iter"
	"math"
)

// Combine shortens the values of one key on the side of the map (4.3). It must
// yield what leaves the answer unchanged however values are grouped, hence be
// commutative and associative. key and values are valid only until it returns.
type Combine func(key []byte, values iter.Seq[[]byte], emit func(value []byte))

// Buffer holds emitted pairs until they are sorted into a run. It grows up to its
// size, which counts what is copied while it grows; what it has is divided between
// pairs and the entries that are sorted in their place, and divided anew when the
// pairs turn out longer or shorter.
type Buffer struct {
	size    int
	room    int // of arena and entries, so far
	arena   []byte
	entries []entry
	emitted int64 // records since the beginning
	bytes   int64 // of their keys and values
}

const (
	smallestBuffer = 4 << 10
	firstBuffer    = 1 << 20
	firstGuess     = 48 // bytes of an average record, before one was seen
)

// NewBuffer returns a buffer of at most size bytes in all.
func NewBuffer(size int64) *Buffer {
	b := &Buffer{size: int(min(max(size, smallestBuffer), math.MaxUint32))}
	b.room = min(firstBuffer, b.size)
	b.allocate(firstGuess)
	return b
}

// Expect gives an empty buffer the room that it will probably need, which spares
// the copies of growing. Growing, besides, may stop short of the size.
func (b *Buffer) Expect(bytes int64) {
	if room := int(min(bytes, int64(b.size))); room > b.room && len(b.entries) == 0 {
		b.room = room
		b.allocate(firstGuess)
	}
}

// allocate makes room for records of that average size, and moves there what the
// buffer holds.
func (b *Buffer) allocate(average int) {
	n := max(len(b.entries)+1, b.room/(average+entrySize))
	b.entries = append(make([]entry, 0, n), b.entries...)
	b.arena = append(make([]byte, 0, max(len(b.arena), b.room-n*entrySize)), b.arena...)
}

// grow makes the buffer larger, unless the old and the new one together would exceed
// its size, or little would be won.
func (b *Buffer) grow() bool {
	room := min(4*b.room, b.size-b.room)
	if room < b.room+b.room/2 {
		return false
	}
	b.room = room
	b.allocate(b.average())
	return true
}

func (b *Buffer) average() int { return len(b.arena)/max(1, len(b.entries)) + 1 }

// Add takes a copy of a pair. It returns false if the pair has no room: Spill,
// and add it again. An empty buffer takes every pair, even one that is larger
// than its size.
func (b *Buffer) Add(partition int, key, value []byte) bool {
	for len(b.entries) > 0 && (len(b.entries) == cap(b.entries) || recordSize(key, value) > cap(b.arena)-len(b.arena)) {
		if !b.grow() {
			return false
		}
	}
	b.entries = append(b.entries, entry{prefix: prefix(key), ref: uint32(len(b.arena)), part: uint32(partition)})
	b.arena = appendRecord(b.arena, key, value)
	b.emitted++
	b.bytes += int64(len(key) + len(value))
	return true
}

// Len returns the number of pairs that it holds.
func (b *Buffer) Len() int { return len(b.entries) }

// Emitted returns the number of pairs, and the bytes of their keys and values,
// that were added since the buffer was made.
func (b *Buffer) Emitted() (records, bytes int64) { return b.emitted, b.bytes }

// Reset empties the buffer without writing what it holds.
func (b *Buffer) Reset() { b.entries, b.arena = b.entries[:0], b.arena[:0] }

// Spill writes what the buffer holds, sorted, through combine if that is not
// nil, and empties the buffer.
func (b *Buffer) Spill(w *Writer, combine Combine) error {
	//parley:rule mapreduce.reduce.sort-and-group drop
	sortEntries(b.entries, b.key)
	err := error(nil)
	if combine == nil {
		err = b.writeAll(w)
	} else {
		err = b.writeCombined(w, combine)
	}
	b.refit()
	return err
}

// refit empties the buffer, and divides its room anew if little of it was used
// because records were longer or shorter than expected, or because one was larger
// than all of it.
func (b *Buffer) refit() {
	average := b.average()
	wasted := b.room-len(b.arena)-len(b.entries)*entrySize > b.room/4 &&
		(len(b.entries) == cap(b.entries) || len(b.arena) > cap(b.arena)*3/4)
	oversized := cap(b.arena) > b.room
	b.Reset()
	if wasted || oversized {
		b.entries, b.arena = nil, nil // what follows may take their place
		b.allocate(average)
	}
}

func (b *Buffer) key(ref uint32) []byte {
	key, _ := b.pair(ref)
	return key
}

func (b *Buffer) pair(ref uint32) (key, value []byte) {
	key, value, _, err := cutRecord(b.arena[ref:])
	if err != nil {
		panic(fmt.Sprintf("shuffle: the buffer does not read back: %v", err))
	}
	return key, value
}

func (b *Buffer) writeAll(w *Writer) error {
	for _, e := range b.entries {
		key, value := b.pair(e.ref)
		if err := w.Write(int(e.part), key, value); err != nil {
			return err
		}
	}
	return nil
}

func (b *Buffer) writeCombined(w *Writer, combine Combine) error {
	for from := 0; from < len(b.entries); {
		part, key := int(b.entries[from].part), b.key(b.entries[from].ref)
		to := from + 1
		for to < len(b.entries) && int(b.entries[to].part) == part && bytes.Equal(b.key(b.entries[to].ref), key) {
			to++
		}
		var failed error
		combine(key, b.values(from, to), func(value []byte) {
			if failed == nil {
				failed = w.Write(part, key, value)
			}
		})
		if failed != nil {
			return failed
		}
		from = to
	}
	return nil
}

func (b *Buffer) values(from, to int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, e := range b.entries[from:to] {
			if _, value := b.pair(e.ref); !yield(value) {
				return
			}
		}
	}
}
