package engine

import (
	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// versions keep, for snapshots, what keys were before units changed them. After a
// restart there are no snapshots. What takes more memory than it may goes to the disk
// (spill.go).
type versions struct {
	byKey   map[string]*version   // the newest of each key
	gone    *btree.BTreeG[string] // keys of them that the tree may no longer have
	queue   []*version            // of commits, in their order: to be collected
	spare   []*version            // to be used again
	bytes   int
	limit   int
	open    []*snapshot // in the order in which they were taken
	runs    []*run      // on the disk, the oldest first
	changes int         // of runs, so far
	floor   scheme.Seq  // snapshots of earlier commits are too old
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
		u.d.spill()
	}
}

// absent notes that a key is no longer in the tree, where a scan would find it.
func (s *versions) absent(key []byte) {
	if v := s.byKey[string(key)]; v != nil {
		s.gone.Set(v.key)
	}
}

// committed queues a unit's versions: they can go once every snapshot sees it.
func (s *versions) committed(u *unit) {
	s.queue = append(s.queue, u.written...)
	u.settle(u.seq)
}

// forget drops the versions of a unit that was rolled back.
func (s *versions) forget(u *unit) {
	u.settle(0)
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
	horizon = max(horizon, s.floor)
	s.discard(horizon)
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

// flood gives all versions up, and with them the snapshots: there is no place for
// them, neither in memory nor on the disk.
func (s *versions) flood() {
	s.generation++
	s.open = nil
	//parley:unordered what is done for one does not depend on the others
	for _, v := range s.byKey {
		for ; v != nil; v = v.older {
			s.lose(v.unit)
		}
	}
	for _, r := range s.runs {
		s.resume = max(s.resume, r.newest)
		for i := range r.late {
			if u := r.late[i].unit; u != nil {
				s.lose(u)
			}
		}
	}
	s.clear()
	s.discardAll()
}

// lose notes that versions of a unit are given up.
func (s *versions) lose(u *unit) {
	s.resume = max(s.resume, u.seq)
	if u.seq == 0 && !u.lost {
		u.lost = true
		s.lost++
	}
}

// clear drops what is in memory.
func (s *versions) clear() {
	//parley:unordered what is done for one does not depend on the others
	for _, v := range s.byKey {
		for ; v != nil; v = v.older {
			v.unit.written = nil
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
	u.written, u.late = nil, nil
}

// complete tells whether a snapshot as of that commit, or a later one, can be had.
func (s *versions) complete(seq scheme.Seq) bool { return s.lost == 0 && seq >= s.resume }

// wait returns a ticket that fires when it can.
func (s *versions) wait() error {
	if s.whole == nil {
		s.whole = new(scheme.Ticket)
	}
	return s.whole
}
