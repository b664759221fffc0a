package mvcc

import "slices"

// spare is what was forgotten, to be used again. Whoever has touched an object may look
// at it once more when it has been forgotten, or is another's: that it is pruned once too
// often does no harm.
type spare struct {
	objects  []*object
	versions []*version
	lists    []lists
	txns     []*Txn
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

// object returns one without versions.
func (s *spare) object() *object {
	n := len(s.objects)
	if n == 0 {
		return new(object)
	}
	o := s.objects[n-1]
	s.objects = s.objects[:n-1]
	return o
}

// version returns one with a copy of a value.
func (s *spare) version(value []byte, there bool) *version {
	n := len(s.versions)
	if n == 0 {
		return &version{value: slices.Clone(value), there: there}
	}
	v := s.versions[n-1]
	s.versions = s.versions[:n-1]
	v.value, v.there = append(v.value, value...), there
	return v
}

// forget takes an object that nobody reads or writes.
func (s *spare) forget(o *object) {
	clear(o.versions)
	*o = object{versions: o.versions[:0]}
	if len(s.objects) < mostSpare {
		s.objects = append(s.objects, o)
	}
}

// takeBack takes a version that no transaction reads or commits any more.
func (s *spare) takeBack(v *version) {
	if len(s.versions) < mostSpare && cap(v.value) <= spareBytes {
		*v = version{value: v.value[:0]}
		s.versions = append(s.versions, v)
	}
}

// txn returns a transaction that has not begun.
func (s *spare) txn() *Txn {
	n := len(s.txns)
	if n == 0 {
		return new(Txn)
	}
	t := s.txns[n-1]
	s.txns = s.txns[:n-1]
	return t
}

// end takes a transaction that is spent, and behind the horizon.
func (s *spare) end(t *Txn) {
	if len(s.txns) < mostSpare {
		*t = Txn{}
		s.txns = append(s.txns, t)
	}
}

// room returns lists that are empty.
func (s *spare) room() (l lists) {
	if n := len(s.lists); n > 0 {
		l, s.lists[n-1] = s.lists[n-1], l
		s.lists = s.lists[:n-1]
	}
	return l
}

// empty takes back the lists of a transaction that is behind the horizon.
func (s *spare) empty(l *lists) {
	clear(l.touched)
	clear(l.written)
	if len(s.lists) < spareLists && cap(l.touched) <= spareBytes && cap(l.value) <= spareBytes {
		s.lists = append(s.lists, lists{l.touched[:0], l.written[:0], l.value[:0]})
	}
	*l = lists{}
}
