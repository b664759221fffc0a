package memory

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// entry is a key, there or not.
type entry struct {
	key    string
	value  []byte
	there  bool
	seq    scheme.Seq // of the newest commit that changed it
	images []*image   // the oldest first
}

// image is what a key was before a unit first changed it.
type image struct {
	entry *entry
	unit  *unit
	value []byte
	there bool
}

// entry returns a key's entry, which is made if there is none.
func (m *Store) entry(key string) *entry {
	e := m.entries[key]
	if e == nil {
		e = &entry{key: key}
		m.entries[key] = e
		m.order.Set(key, e)
	}
	return e
}

func (e *entry) set(value []byte, there bool) { e.value, e.there = value, there }

func (e *entry) now() (value []byte, there bool) { return e.value, e.there }

// as returns what the key was when that many commits were there.
func (e *entry) as(seq scheme.Seq) (value []byte, there bool) {
	for _, i := range e.images {
		if i.unit.seq == 0 || i.unit.seq > seq {
			return i.value, i.there
		}
	}
	return e.value, e.there
}

// keep makes the image that a unit needs before it changes the key.
func (e *entry) keep(u *unit) {
	if n := len(e.images); n > 0 && e.images[n-1].unit == u {
		return
	}
	i := &image{e, u, e.value, e.there}
	e.images = append(e.images, i)
	u.images = append(u.images, i)
}

// drop forgets an image, and the entry if that was all that there is to it.
func (m *Store) drop(i *image) {
	e := i.entry
	e.images = slices.DeleteFunc(e.images, func(j *image) bool { return j == i })
	if len(e.images) == 0 {
		e.images = nil
		if !e.there && m.entries[e.key] == e {
			delete(m.entries, e.key)
			m.order.Delete(e.key)
		}
	}
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
	if m.images = m.images[n:]; len(m.images) == 0 {
		m.images = nil
	}
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
	e := s.store.entries[string(key)]
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
	e := s.store.entries[string(key)]
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
