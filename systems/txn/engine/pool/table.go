package pool

import "github.com/parleysystems/parley/systems/txn/engine/page"

// table finds the frame of a page. It is a hash table with linear probing, made once
// for as many pages as there are frames (B3): a look-up mostly touches one line of
// the cache.
type table struct {
	slots []place
	shift uint // of a hash, which leaves the index of a slot
	n     int
}

// place is a page and the number of its frame plus 1; 0 for an empty slot.
type place struct {
	id    page.ID
	frame uint32
}

func (t *table) init(frames int) {
	bits := uint(1)
	for 1<<bits < 2*frames {
		bits++
	}
	t.slots, t.shift = make([]place, 1<<bits), 32-bits
}

// home returns the slot where the probing for a page begins (Fibonacci hashing).
func (t *table) home(id page.ID) uint32 { return uint32(id) * 0x9E3779B1 >> t.shift }

func (t *table) next(slot uint32) uint32 { return (slot + 1) & uint32(len(t.slots)-1) }

// find returns the number of the frame of a page, or -1.
func (t *table) find(id page.ID) int {
	for s := t.home(id); ; s = t.next(s) {
		switch p := t.slots[s]; {
		case p.frame == 0:
			return -1
		case p.id == id:
			return int(p.frame) - 1
		}
	}
}

// add enters a page that is not there.
func (t *table) add(id page.ID, frame int) {
	s := t.home(id)
	for t.slots[s].frame != 0 {
		s = t.next(s)
	}
	t.slots[s] = place{id, uint32(frame) + 1}
	t.n++
}

// remove takes a page out that is there. Those behind it that its slot has kept from
// their own move up, so that no gap stops a search for them.
func (t *table) remove(id page.ID) {
	gap := t.home(id)
	for t.slots[gap].id != id || t.slots[gap].frame == 0 {
		gap = t.next(gap)
	}
	mask := uint32(len(t.slots) - 1)
	for s := t.next(gap); t.slots[s].frame != 0; s = t.next(s) {
		if home := t.home(t.slots[s].id); (s-home)&mask >= (s-gap)&mask {
			t.slots[gap] = t.slots[s]
			gap = s
		}
	}
	t.slots[gap] = place{}
	t.n--
}
