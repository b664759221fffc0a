package occ

import (
	"github.com/parleysystems/parley/blocks/spare"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// spent is what is not used any more, to be used again.
type spent struct {
	rooms spare.Pile[room]
	txns  spare.Made[Txn]
	lists spare.Pile[[]string] // of keys
}

// room is where a transaction keeps what it reads and writes. When it is at an end, another
// has it.
type room struct {
	reads  workspace.Reads
	copies workspace.Writes
	value  []byte // that was read last
}

// mostSpare bounds how many are kept of each, mostValue the value of a room in bytes, and
// mostKeys a list of keys.
const (
	mostSpare = 64
	mostValue = 4 << 10
	mostKeys  = 64
)

// takeBack takes a room that nobody is compared with any more.
func (s *spent) takeBack(r *room) {
	r.reads.Clear()
	r.copies.Clear()
	if cap(r.value) <= mostValue {
		s.rooms.Give(*r, mostSpare)
	}
	*r = room{}
}

// Reuse implements scheme.Reuser.
func (s *Optimistic) Reuse(tx scheme.Txn) {
	t, ok := tx.(*Txn)
	if !ok || t.s != s || t.phase != over {
		return
	}
	if units, ok := s.store.(scheme.Reuser[scheme.Unit]); ok && t.unit != nil {
		units.Reuse(t.unit)
	}
	*t = Txn{}
	s.spent.txns.Give(t, mostSpare)
}

// takeList takes a list of keys that nobody is compared with any more.
func (s *spent) takeList(l []string) {
	if c := cap(l); c > 0 && c <= mostKeys {
		clear(l)
		s.lists.Give(l[:0], mostSpare)
	}
}
