package mvcc

import "github.com/parleysystems/parley/blocks/spare"

// spent is what was forgotten, to be used again. Whoever has touched an object may look
// at it once more when it has been forgotten, or is another's: that it is pruned once too
// often does no harm.
type spent struct {
	objects  spare.Made[object]
	versions spare.Made[version]
	lists    spare.Pile[lists]
	txns     spare.Made[Txn]
}

// lists are a transaction's, and room for what it reads.
type lists struct {
	touched []*object // whose versions it has read or written, some twice
	written []write
	value   []byte // that was read last
}

// mostSpare bounds how many are kept of each, spareBytes the value of a version, and
// spareLists how many lists are kept that have a room of no more bytes than spareBytes.
const (
	mostSpare  = 4096
	spareBytes = 1 << 10
	spareLists = 64
)

// version returns one with a copy of a value.
func (s *spent) version(value []byte, there bool) *version {
	v := s.versions.Take()
	v.value, v.there = append(v.value, value...), there
	return v
}

// forget takes an object that nobody reads or writes.
func (s *spent) forget(o *object) {
	clear(o.versions)
	*o = object{versions: o.versions[:0]}
	s.objects.Give(o, mostSpare)
}

// takeBack takes a version that no transaction reads or commits any more.
func (s *spent) takeBack(v *version) {
	if cap(v.value) <= spareBytes {
		*v = version{value: v.value[:0]}
		s.versions.Give(v, mostSpare)
	}
}

// end takes a transaction that is spent, and behind the horizon.
func (s *spent) end(t *Txn) {
	*t = Txn{}
	s.txns.Give(t, mostSpare)
}

// empty takes back the lists of a transaction that is behind the horizon.
func (s *spent) empty(l *lists) {
	clear(l.touched)
	clear(l.written)
	if cap(l.touched) <= spareBytes && cap(l.value) <= spareBytes {
		s.lists.Give(lists{l.touched[:0], l.written[:0], l.value[:0]}, spareLists)
	}
	*l = lists{}
}
