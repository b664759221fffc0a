package memory

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// image is what a key was before a unit changed it.
type image struct {
	entry *entry
	unit  *unit
	next  *image // of the entry, by a later unit
	value []byte // a copy
	there bool
	first bool // by this unit, so that it is the entry's: snapshots may show it
}

// entry returns a key's entry, which is made if there is none.
func (m *Store) entry(key []byte) *entry {
	e := m.entries.find(key)
	if e == nil {
		e = m.entries.add(key)
		m.order.Set(e.key, e)
	}
	return e
}

// set gives the key a value, of which it has a copy.
func (e *entry) set(value []byte, there bool) {
	if room := e.space[e.short:]; len(value) <= len(room) {
		e.value = room[:copy(room, value):len(room)]
	} else {
		e.value = append(e.value[:0], value...)
	}
	e.there = there
}

func (e *entry) now() (value []byte, there bool) { return e.value, e.there }

// as returns what the key was when that many commits were there.
func (e *entry) as(seq scheme.Seq) (value []byte, there bool) {
	for i := e.oldest; i != nil; i = i.next {
		if i.unit.seq == 0 || i.unit.seq > seq {
			return i.value, i.there
		}
	}
	return e.value, e.there
}

// keep makes the image that a unit needs before it changes the key.
func (m *Store) keep(e *entry, u *unit) {
	i := m.spent.images.Take()
	i.entry, i.unit, i.there = e, u, e.there
	i.value = append(i.value, e.value...)
	if e.newest == nil || e.newest.unit != u {
		i.first = true
		u.images++
		e.link(i)
	}
	u.done = append(u.done, i)
}

// link makes an image the newest.
func (e *entry) link(i *image) {
	if e.newest == nil {
		e.oldest = i
	} else {
		e.newest.next = i
	}
	e.newest = i
}

// unlink takes an image away: mostly the oldest, or the newest.
func (e *entry) unlink(i *image) {
	if e.oldest == i {
		if e.oldest = i.next; e.oldest == nil {
			e.newest = nil
		}
		return
	}
	before := e.oldest
	for before.next != i {
		before = before.next
	}
	if before.next = i.next; before.next == nil {
		e.newest = before
	}
}

// drop forgets an image, and the entry if that was all that there is to it.
func (m *Store) drop(i *image) {
	if e := i.entry; i.first {
		i.unit.images--
		if e.unlink(i); e.oldest == nil && !e.there {
			key := e.key
			m.entries.remove([]byte(key))
			m.order.Delete(key)
		}
	}
	m.spent.takeBack(i)
}

// collect drops the images that no snapshot needs, now or later: new ones show all that
// is durable.
func (m *Store) collect() {
	horizon := m.complete
	if len(m.open) > 0 {
		horizon = min(horizon, m.open[0].seq)
	}
	n := 0
	for ; n < len(m.images) && m.images[n].unit.seq <= horizon; n++ {
		m.drop(m.images[n])
		m.images[n] = nil
	}
	if n == len(m.images) {
		m.images = m.images[:0] // its space is used again
		return
	}
	m.images = m.images[n:]
}

// Snapshot implements scheme.Store.
func (m *Store) Snapshot() (scheme.Snapshot, error) { return m.as(m.complete), nil }

// Newest implements scheme.Store.
func (m *Store) Newest() (scheme.Snapshot, error) { return m.as(m.commits), nil }

// as returns a snapshot as of a commit.
func (m *Store) as(seq scheme.Seq) *snapshot {
	s := &snapshot{store: m, seq: seq}
	at := len(m.open)
	for at > 0 && m.open[at-1].seq > seq {
		at--
	}
	m.open = slices.Insert(m.open, at, s)
	return s
}

// snapshot implements scheme.Snapshot.
type snapshot struct {
	store *Store
	seq   scheme.Seq
}

// Seq implements scheme.Snapshot.
func (s *snapshot) Seq() scheme.Seq { return s.seq }

// Get implements scheme.Snapshot.
func (s *snapshot) Get(key []byte) (value []byte, found bool, err error) {
	e := s.store.entries.find(key)
	if e == nil {
		return nil, false, nil
	}
	value, found = e.as(s.seq)
	return value, found, nil
}

// Seek implements scheme.Snapshot.
func (s *snapshot) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	return s.store.seek(r, func(e *entry) ([]byte, bool) { return e.as(s.seq) })
}

// Changed implements scheme.Snapshot.
func (s *snapshot) Changed(key []byte) (bool, error) {
	e := s.store.entries.find(key)
	return e != nil && e.seq > s.seq, nil
}

// Close implements scheme.Snapshot.
func (s *snapshot) Close() {
	open := &s.store.open
	if i := slices.Index(*open, s); i >= 0 {
		*open = slices.Delete(*open, i, i+1)
		if i == 0 {
			s.store.collect()
		}
	}
}
