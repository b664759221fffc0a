package engine

import (
	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// versions keep, for snapshots, what keys were before units changed them. They are
// in memory only: after a restart there are no snapshots.
type versions struct {
	byKey map[string]*version   // the newest of each key
	gone  *btree.BTreeG[string] // keys of them that the tree may no longer have
	queue []*version            // of commits, in their order: to be collected
	spare []*version            // to be used again
	bytes int
	limit int
	open  []*snapshot // in the order in which they were taken
	// generation counts how often versions were given up: snapshots of an earlier
	// one are too old.
	generation int
	lost       int            // open units whose versions were given up
	resume     scheme.Seq     // no snapshot before this commit is durable
	whole      *scheme.Ticket // fires when snapshots can be taken again
}

// version is what a key was before a unit first changed it.
type version struct {
	key    string
	before []byte
	found  bool
	unit   *unit
	newer  *version
	older  *version
}

// overhead is about what a version takes beside its key and value, in bytes.
const overhead = 160

func (v *version) size() int { return overhead + len(v.key) + len(v.before) }

func (s *versions) init(limit int) {
	s.limit = limit
	s.byKey = map[string]*version{}
	s.gone = btree.NewBTreeGOptions(func(a, b string) bool { return a < b }, btree.Options{NoLocks: true})
}

// has tells whether a unit has kept this key already, or is to keep nothing.
func (s *versions) has(key []byte, u *unit) bool {
	v := s.byKey[string(key)]
	return u.lost || v != nil && v.unit == u
}

// spares bounds how many versions are kept to be used again, spareBytes the value of
// each.
const (
	spares     = 256
	spareBytes = 1 << 10
)

// fresh returns a version without contents. Its before has room, perhaps.
func (s *versions) fresh() *version {
	if n := len(s.spare); n > 0 {
		v := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return v
	}
	return new(version)
}

// reuse keeps a version that nothing leads to any more.
func (s *versions) reuse(v *version) {
	if len(s.spare) < spares && cap(v.before) <= spareBytes {
		*v = version{before: v.before[:0]}
		s.spare = append(s.spare, v)
	}
}

// add keeps a value.
func (s *versions) add(key, before []byte, found bool, u *unit) {
	v := s.fresh()
	v.key, v.found, v.unit = string(key), found, u
	v.before = append(v.before, before...)
	if v.older = s.byKey[v.key]; v.older != nil {
		v.older.newer = v
	}
	s.byKey[v.key] = v
	u.written = append(u.written, v)
	s.bytes += v.size()
	if s.bytes > s.limit {
		s.flood()
	}
}

// absent notes that a key is no longer in the tree, where a scan would find it.
func (s *versions) absent(key []byte) {
	if v := s.byKey[string(key)]; v != nil {
		s.gone.Set(v.key)
	}
}

// committed queues a unit's versions: they can go once every snapshot sees it.
func (s *versions) committed(u *unit) { s.queue = append(s.queue, u.written...) }

// forget drops the versions of a unit that was rolled back.
func (s *versions) forget(u *unit) {
	for _, v := range u.written {
		s.drop(v)
	}
	u.written = nil
}

// drop takes a version out of the chain of its key.
func (s *versions) drop(v *version) {
	if v.older != nil {
		v.older.newer = v.newer
	}
	switch {
	case v.newer != nil:
		v.newer.older = v.older
	case v.older != nil:
		s.byKey[v.key] = v.older
	default:
		delete(s.byKey, v.key)
		s.gone.Delete(v.key)
	}
	s.bytes -= v.size()
	s.reuse(v)
}

// collect drops versions that no snapshot needs, now or later: new snapshots show
// all that is durable.
func (d *Database) collect() {
	s := &d.versions
	horizon := d.durable
	if len(s.open) > 0 {
		horizon = min(horizon, s.open[0].seq)
	}
	if d.o.Oldest != nil {
		horizon = min(horizon, d.o.Oldest(horizon))
	}
	n := 0
	for ; n < len(s.queue) && s.queue[n].unit.seq <= horizon; n++ {
		s.drop(s.queue[n])
		s.queue[n] = nil
	}
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	if s.whole != nil && s.complete(d.durable) {
		t := s.whole
		s.whole = nil
		t.Fire()
	}
}

// flood gives all versions up, and with them the snapshots: they would take more
// memory than they may.
func (s *versions) flood() {
	s.generation++
	s.open = nil
	//parley:unordered what is done for one does not depend on the others
	for _, v := range s.byKey {
		for ; v != nil; v = v.older {
			u := v.unit
			s.resume = max(s.resume, u.seq)
			if u.seq == 0 && !u.lost {
				u.lost = true
				s.lost++
			}
			u.written = nil
		}
	}
	clear(s.byKey)
	s.gone.Clear()
	s.queue, s.bytes = nil, 0
}

// ended notes that a unit has committed durably, or was rolled back.
func (s *versions) ended(u *unit) {
	if u.lost {
		u.lost = false
		s.lost--
	}
	u.written = nil
}

// complete tells whether a snapshot of the durable state can be had.
func (s *versions) complete(durable scheme.Seq) bool { return s.lost == 0 && durable >= s.resume }

// wait returns a ticket that fires when it can.
func (s *versions) wait() error {
	if s.whole == nil {
		s.whole = new(scheme.Ticket)
	}
	return s.whole
}
