package occ

import (
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// spare is what is not used any more, to be used again.
type spare struct {
	rooms []room
	txns  []*Txn
	lists [][]string
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

func (s *spare) room() (r room) {
	if n := len(s.rooms); n > 0 {
		r, s.rooms[n-1] = s.rooms[n-1], r
		s.rooms = s.rooms[:n-1]
	}
	return r
}

// takeBack takes a room that nobody is compared with any more.
func (s *spare) takeBack(r *room) {
	r.reads.Clear()
	r.copies.Clear()
	if len(s.rooms) < mostSpare && cap(r.value) <= mostValue {
		s.rooms = append(s.rooms, *r)
	}
	*r = room{}
}

func (s *spare) txn() *Txn {
	n := len(s.txns)
	if n == 0 {
		return new(Txn)
	}
	t := s.txns[n-1]
	s.txns = s.txns[:n-1]
	return t
}

// Reuse implements scheme.Reuser.
func (s *Optimistic) Reuse(tx scheme.Txn) {
	t, ok := tx.(*Txn)
	if !ok || t.s != s || t.phase != over || len(s.spare.txns) == mostSpare {
		return
	}
	if units, ok := s.store.(scheme.Reuser[scheme.Unit]); ok && t.unit != nil {
		units.Reuse(t.unit)
	}
	*t = Txn{}
	s.spare.txns = append(s.spare.txns, t)
}

// list returns a list of keys that is empty.
func (s *spare) list() []string {
	n := len(s.lists)
	if n == 0 {
		return nil
	}
	l := s.lists[n-1]
	s.lists = s.lists[:n-1]
	return l
}

// takeList takes a list of keys that nobody is compared with any more.
func (s *spare) takeList(l []string) {
	if c := cap(l); c > 0 && c <= mostKeys && len(s.lists) < mostSpare {
		clear(l)
		s.lists = append(s.lists, l[:0])
	}
}
