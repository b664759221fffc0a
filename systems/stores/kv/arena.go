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
}

// ref says where a version lies: 32 bits for the slab, 32 for the place in it.
type ref uint64

// Slabs of an arena that is not small are of slabBytes. A record of more than an
// eighth of that gets a slab of its own.
const (
	slabBytes      = 256 << 10
	firstSlabBytes = 4 << 10
)

func newArena() *arena { return &arena{most: slabBytes, open: -1, victim: -1} }

// view returns an arena that finds all that this one finds now, also later.
// Nothing can be added to it.
func (a *arena) view() *arena { return &arena{slabs: slices.Clone(a.slabs)} }

// at returns a version.
func (a *arena) at(r ref) version {
	b := a.slabs[r>>32][uint32(r):]
	n, width := int(b[0]), 1
	if n >= 0x80 {
		n, width = longLength(b)
	}
	return version(freeze(b[width : width+n]))
}

func longLength(b []byte) (n, width int) {
	u, width := binary.Uvarint(b)
	return int(u), width
}

// recordSize returns what a version of n bytes takes.
func recordSize(n int) int {
	size := n + 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// reserve makes room for a version of n bytes, which the caller writes at once.
func (a *arena) reserve(n int) (ref, []byte) {
	size := recordSize(n)
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
	r, b := a.reserve(len(v))
	copy(b, v)
	return r
}

// free says that nothing refers to a version any more.
func (a *arena) free(r ref) {
	slab, size := int(r>>32), recordSize(len(a.at(r)))
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
