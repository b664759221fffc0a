package kv

import (
	"encoding/binary"
	"slices"
)

// arena holds the bytes of all versions, in slabs without pointers: to the
// garbage collector a million versions are some thousand objects that it need
// not look into. A record is
//
//	uvarint  length of the version
//	bytes    version
//
// and one byte more between them if values may lie elsewhere (cold.go).
//
// Slabs are only appended to and never written twice, so whoever has the bytes
// of a version may keep them, also when the version is long forgotten and its
// slab given up. What forgotten versions leave behind is reclaimed as in a
// log-structured memory (Rumble, Kejriwal, Ousterhout, FAST 2014): the versions
// that a slab still holds are moved to the end, see clean.
type arena struct {
	slabs [][]byte // by number; nil if the number is free
	alive []int    // bytes of each slab that belong to versions
	spare []int    // free numbers

	most       int   // bytes of a slab for many versions
	open, used int   // number of the slab that is filled, and how far it is
	total      int64 // bytes of all slabs
	living     int64 // sum of alive

	victim, reached int // number of the slab that is cleaned, and how far; -1 for none

	cold Cold // of values that are as long as from; nil if they lie here
	from int
	pin  ColdPin
	tag  int // bytes between a version's length and the version
}

// ref says where a version lies: 32 bits for the slab, 32 for the place in it.
type ref uint64

// Slabs of an arena that is not small are of slabBytes. A record of more than an
// eighth of that gets a slab of its own.
const (
	slabBytes      = 256 << 10
	firstSlabBytes = 4 << 10
)

func newArena(o Options) *arena {
	a := &arena{most: slabBytes, open: -1, victim: -1, cold: o.Cold, from: o.ColdFrom}
	if a.cold != nil {
		a.tag = 1
	}
	if a.from == 0 {
		a.from = coldFrom
	}
	return a
}

// view returns an arena that finds all that this one finds now, also later.
// Nothing can be added to it.
func (a *arena) view() *arena {
	v := &arena{slabs: slices.Clone(a.slabs), tag: a.tag}
	if a.cold != nil {
		v.pin = a.cold.Pin()
	}
	return v
}

// stored returns a record's version as it lies here.
func (a *arena) stored(r ref) (tag byte, v version) {
	b := a.slabs[r>>32][uint32(r):]
	n, width := int(b[0]), 1
	if n >= 0x80 {
		n, width = longLength(b)
	}
	if a.tag > 0 {
		tag = b[width]
		width++
	}
	return tag, version(freeze(b[width : width+n]))
}

func longLength(b []byte) (n, width int) {
	u, width := binary.Uvarint(b)
	return int(u), width
}

// recordSize returns what a version of n bytes takes.
func (a *arena) recordSize(n int) int {
	size := n + 1 + a.tag
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// reserve makes room for a version of n bytes, which the caller writes at once.
func (a *arena) reserve(n int) (ref, []byte) { return a.record(whole, n) }

// record makes room for a version of which n bytes lie here.
func (a *arena) record(tag byte, n int) (ref, []byte) {
	size := a.recordSize(n)
	slab, from := a.open, a.used
	switch {
	case size > a.most/8:
		slab, from = a.newSlab(size), 0
	case slab < 0 || from+size > len(a.slabs[slab]):
		slab, from = a.newSlab(max(size, min(a.most, firstSlabBytes+int(a.total)))), 0
		sealed := a.open
		a.open, a.used = slab, size
		a.drop(sealed)
	default:
		a.used += size
	}
	a.alive[slab] += size
	a.living += int64(size)
	b := a.slabs[slab][from : from+size]
	width := binary.PutUvarint(b, uint64(n))
	if a.tag > 0 {
		b[width] = tag
		width++
	}
	return ref(slab)<<32 | ref(from), b[width:]
}

func (a *arena) newSlab(size int) (number int) {
	a.total += int64(size)
	slab := make([]byte, size)
	if last := len(a.spare) - 1; last >= 0 {
		number, a.spare = a.spare[last], a.spare[:last]
		a.slabs[number] = slab
		return number
	}
	a.slabs, a.alive = append(a.slabs, slab), append(a.alive, 0)
	return len(a.slabs) - 1
}

// add copies a version into the arena.
func (a *arena) add(v version) ref {
	if a.cold != nil {
		if f := v.fields(); len(f.value) >= a.from {
			return a.split(v[:len(v)-len(f.value)], view(f.value))
		}
	}
	r, b := a.reserve(len(v))
	copy(b, v)
	return r
}

// free says that nothing refers to a version any more.
func (a *arena) free(r ref) {
	tag, v := a.stored(r)
	if tag == apart {
		_, id, _ := v.parted()
		a.cold.Free(id)
	}
	a.vacate(r, len(v))
}

// vacate gives back the room of a record of n bytes.
func (a *arena) vacate(r ref, n int) {
	slab, size := int(r>>32), a.recordSize(n)
	a.alive[slab] -= size
	a.living -= int64(size)
	a.drop(slab)
}

// drop gives a slab up if nothing in it is alive and nobody is at work on it.
func (a *arena) drop(slab int) {
	if slab < 0 || a.alive[slab] > 0 || slab == a.open || slab == a.victim {
		return
	}
	a.total -= int64(len(a.slabs[slab]))
	a.slabs[slab] = nil
	a.spare = append(a.spare, slab)
}
