package engine

import (
	"errors"
	"slices"

	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Reader reads a state of a database as of a commit (G5). It changes nothing but
// itself, so that many may read in parallel while the owner does nothing.
type Reader struct {
	d          *Database
	seq        scheme.Seq
	generation int
	places     []*reading // in the runs that it may need
	seen       int        // of versions.changes
}

// Reader returns one for the newest durable state; ok is false if the owner has to
// call Snapshot first, which says what to wait for. It may be called like a Reader's
// own methods. Nobody but Options.Oldest says that it is in use.
func (d *Database) Reader() (r Reader, ok bool) {
	r = Reader{d: d, seq: d.durable, generation: d.versions.generation}
	return r, d.err != nil || d.versions.complete(d.durable)
}

// Seq implements scheme.Snapshot.
func (s *Reader) Seq() scheme.Seq { return s.seq }

func (s *Reader) usable() error {
	switch {
	case s.d.err != nil:
		return s.d.err
	case s.generation != s.d.versions.generation, s.seq < s.d.versions.floor:
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
	return d.opened(r), nil
}

// Newest implements scheme.Store.
func (d *Database) Newest() (scheme.Snapshot, error) {
	if d.err != nil {
		return nil, d.err
	}
	if !d.versions.complete(d.commits) {
		return nil, d.versions.wait()
	}
	return d.opened(Reader{d: d, seq: d.commits, generation: d.versions.generation}), nil
}

// opened notes that a snapshot is in use.
func (d *Database) opened(r Reader) *snapshot {
	s := &snapshot{Reader: r}
	open := d.versions.open
	at := len(open)
	for at > 0 && open[at-1].seq > s.seq {
		at--
	}
	d.versions.open = slices.Insert(open, at, s)
	return s
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
	w, kept, err := s.was(key)
	if kept || err != nil {
		return w.value, w.found, err
	}
	value, found, err = s.d.view.Get(key)
	return value, found, s.d.missed(err)
}

// state is what a key was.
type state struct {
	value []byte
	found bool
}

// was returns what a key was in this snapshot, if somebody has changed it since: what
// the first of them found.
func (s *Reader) was(key []byte) (w state, kept bool, err error) {
	if len(s.d.versions.runs) > 0 {
		if w, kept, err = s.onDisk(key); kept || err != nil {
			return w, kept, err
		}
	}
	if len(s.d.versions.byKey) > 0 {
		if v := s.first(s.d.versions.byKey[string(key)]); v != nil {
			return state{v.before, v.found}, true, nil
		}
	}
	return w, false, nil
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
	if len(s.d.versions.runs) > 0 {
		return s.changedOnDisk(key)
	}
	return false, nil
}

// Seek implements scheme.Snapshot. It merges walks: the tree's, whose entries may be of
// later, and those of keys which may be gone from the tree, in memory and on the disk.
func (s *Reader) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	if err := s.usable(); err != nil {
		return nil, nil, false, err
	}
	for {
		key, value, found, err = seek(s.d.view.Seek, r)
		if err != nil {
			return nil, nil, false, s.d.missed(err)
		}
		ahead := r
		if found {
			ahead = before(r, key)
		}
		gone, w, some, err := s.gone(ahead)
		if some || err != nil {
			return gone, w.value, some, err
		}
		if !found {
			return nil, nil, false, nil
		}
		w, kept, err := s.was(key)
		switch {
		case err != nil:
			return nil, nil, false, err
		case !kept:
			return key, value, true, nil
		case w.found:
			return key, w.value, true, nil
		}
		r = beyond(r, key) // it did not exist then
	}
}

// before returns the part of a range that comes ahead of one of its keys.
func before(r scheme.Range, key []byte) scheme.Range {
	if r.Reverse {
		r.From = append(append(make([]byte, 0, len(key)+1), key...), 0)
	} else {
		r.To = key
	}
	return r
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
