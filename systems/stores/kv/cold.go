package kv

import "encoding/binary"

// Cold keeps long values outside of memory, so that a store may hold more than that.
// It is memory of another kind, not a copy that lasts: the state comes back from the
// engine's log and snapshots. What it cannot return any more it must not return wrong:
// it ends the program. Get and Pin are called from one loop, Put and Free also beside it:
// by a state that is being read.
type Cold interface {
	// Put keeps a value and returns a number for it. It does not keep the slice.
	Put(value []byte) (id uint64)
	// Get returns a value that was put. The caller only reads it.
	Get(id uint64) []byte
	// Free says that the value is needed no more, but by pins that were taken before.
	Free(id uint64)
	// Pin keeps what there is now readable until it is released.
	Pin() ColdPin
}

// ColdPin is what a capture of the state reads from. Any goroutine may use it.
type ColdPin interface {
	Get(id uint64) []byte
	Release()
}

// coldFrom is Options.ColdFrom, if that is zero: shorter values would save little beside
// the number that leads to them.
const coldFrom = 64

// A record of a version whose value lies elsewhere (tag apart) holds
//
//	bytes  version, up to its value
//	8      number of the value
//	4      its length
const (
	whole byte = iota
	apart
)

const leadSize = 12

// parted takes apart what is stored of a version whose value lies elsewhere.
func (v version) parted() (head version, id uint64, length int) {
	at := len(v) - leadSize
	lead := view(string(v[at:]))
	return v[:at], binary.LittleEndian.Uint64(lead), int(binary.LittleEndian.Uint32(lead[8:]))
}

// at returns a version.
func (a *arena) at(r ref) version {
	tag, v := a.stored(r)
	if tag == whole {
		return v
	}
	head, id, length := v.parted()
	b := make([]byte, 0, len(head)+length)
	b = append(append(b, head...), a.get(id)...)
	if len(b) != len(head)+length {
		panic("kv: a value that lies elsewhere has not its length")
	}
	return version(freeze(b))
}

func (a *arena) get(id uint64) []byte {
	if a.pin != nil {
		return a.pin.Get(id)
	}
	return a.cold.Get(id)
}

// head returns a version that may lack its value: all that is needed to find one.
func (a *arena) head(r ref) version {
	tag, v := a.stored(r)
	if tag == apart {
		v, _, _ = v.parted()
	}
	return v
}

// split stores a version whose value goes elsewhere.
func (a *arena) split(head version, value []byte) ref {
	r, b := a.record(apart, len(head)+leadSize)
	b = b[copy(b, head):]
	binary.LittleEndian.PutUint64(b, a.cold.Put(value))
	binary.LittleEndian.PutUint32(b[8:], uint32(len(value)))
	return r
}

// relocate copies a record to the end of the arena, wherever its value lies.
func (a *arena) relocate(r ref) ref {
	tag, v := a.stored(r)
	copied, b := a.record(tag, len(v))
	copy(b, v)
	a.vacate(r, len(v))
	return copied
}

// release lets go of what only a view reads.
func (a *arena) release() {
	if a.pin != nil {
		a.pin.Release()
	}
}

// freeCold frees all values that lie elsewhere: the state is replaced by another.
func (s *state) freeCold() {
	if s.arena.cold == nil {
		return
	}
	for _, t := range []*tree{s.live, s.history} {
		t.allRefs(func(r ref) bool {
			if tag, v := s.arena.stored(r); tag == apart {
				_, id, _ := v.parted()
				s.arena.cold.Free(id)
			}
			return true
		})
	}
}
