package engine

import (
	"errors"
	"slices"

	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Reader reads a state of a database as of a commit (G5). It changes nothing, so
// that many may read in parallel while the owner does nothing.
type Reader struct {
	d          *Database
	seq        scheme.Seq
	generation int
}

// Reader returns one for the newest durable state; ok is false if the owner has to
// call Snapshot first, which says what to wait for. It may be called like a Reader's
// own methods. Nobody but Options.Oldest says that it is in use.
func (d *Database) Reader() (r Reader, ok bool) {
	r = Reader{d, d.durable, d.versions.generation}
	return r, d.err != nil || d.versions.complete(d.durable)
}

// Seq implements scheme.Snapshot.
func (s *Reader) Seq() scheme.Seq { return s.seq }

func (s *Reader) usable() error {
	switch {
	case s.d.err != nil:
		return s.d.err
	case s.generation != s.d.versions.generation:
		return scheme.ErrTooOld
	}
	return nil
}

// snapshot implements scheme.Snapshot.
type snapshot struct {
	Reader
	closed bool
}

// Snapshot implements scheme.Store.
func (d *Database) Snapshot() (scheme.Snapshot, error) {
	r, ok := d.Reader()
	if d.err != nil {
		return nil, d.err
	}
	if !ok {
		return nil, d.versions.wait()
	}
	s := &snapshot{Reader: r}
	d.versions.open = append(d.versions.open, s)
	return s, nil
}

// Close implements scheme.Snapshot.
func (s *snapshot) Close() {
	if s.closed {
		return
	}
	s.closed = true
	open := &s.d.versions.open
	if i := slices.Index(*open, s); i >= 0 {
		*open = slices.Delete(*open, i, i+1)
		if i == 0 {
			s.d.collect()
		}
	}
}

// Get implements scheme.Snapshot.
func (s *Reader) Get(key []byte) (value []byte, found bool, err error) {
	if err := s.usable(); err != nil {
		return nil, false, err
	}
	if len(s.d.versions.byKey) > 0 {
		if v := s.first(s.d.versions.byKey[string(key)]); v != nil {
			return v.before, v.found, nil
		}
	}
	value, found, err = s.d.view.Get(key)
	return value, found, s.d.missed(err)
}

// first returns the version that holds what the key was in this snapshot: that of
// the first unit to change it since. Nil means that nobody has.
func (s *Reader) first(v *version) (first *version) {
	for ; v != nil && (v.unit.seq == 0 || v.unit.seq > s.seq); v = v.older {
		first = v
	}
	return first
}

// Changed implements scheme.Snapshot.
func (s *Reader) Changed(key []byte) (bool, error) {
	if err := s.usable(); err != nil {
		return false, err
	}
	for v := s.d.versions.byKey[string(key)]; v != nil; v = v.older {
		if v.unit.seq > s.seq {
			return true, nil
		}
	}
	return false, nil
}

// Seek implements scheme.Snapshot. It merges two walks: the tree's, whose entries
// may be of later, and that of keys which are gone from the tree.
func (s *Reader) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	if err := s.usable(); err != nil {
		return nil, nil, false, err
	}
	for {
		key, value, found, err = seek(s.d.view.Seek, r)
		if err != nil {
			return nil, nil, false, s.d.missed(err)
		}
		if v := s.goneBefore(r, key, found); v != nil {
			return []byte(v.key), v.before, true, nil
		}
		if !found {
			return nil, nil, false, nil
		}
		v := s.first(s.d.versions.byKey[string(key)])
		switch {
		case v == nil:
			return key, value, true, nil
		case v.found:
			return key, v.before, true, nil
		}
		r = beyond(r, key) // it did not exist then
	}
}

// goneBefore returns the version of a key in the range that comes ahead of the
// tree's next entry, if there is one, existed in the snapshot, and may not be in
// the tree any more.
func (s *Reader) goneBefore(r scheme.Range, next []byte, some bool) (found *version) {
	visit := func(key string) bool {
		switch {
		case r.Reverse && r.To != nil && key == string(r.To):
			return true // the bound itself is not in the range
		case !r.Contains([]byte(key)):
			return false
		case some && !r.Reverse && key >= string(next), some && r.Reverse && key <= string(next):
			return false
		}
		if f := s.first(s.d.versions.byKey[key]); f != nil && f.found {
			found = f
		}
		return found == nil
	}
	gone := s.d.versions.gone
	switch {
	case gone.Len() == 0:
	case !r.Reverse:
		gone.Ascend(string(r.From), visit)
	case r.To != nil:
		gone.Descend(string(r.To), visit)
	default:
		gone.Reverse(visit)
	}
	return found
}

// missed turns a page that is not in memory into what the owner can do about it.
func (d *Database) missed(err error) error {
	var miss *btree.MissError
	if !errors.As(err, &miss) {
		return err
	}
	id := miss.Page
	return &scheme.Miss{
		Load: func() error {
			if err := d.pool.Begin(1); err != nil {
				return err
			}
			_, err := d.pool.Fix(id, false)
			return err
		},
		Warm: func() { d.pool.Warm(id) },
	}
}
