package memory

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// Store implements scheme.Store. It has one owner.
type Store struct {
	// Durable calls done when what was committed so far is durable, in the order of
	// the calls. Nil means at once.
	Durable func(done func())
	// Stall, if not nil, returns what a change has to wait for, or nil.
	Stall func() *scheme.Ticket
	// Limit, if not nil, is asked about the limits of keys and values.
	Limit func(key, value []byte) error

	current  btree.Map[string, []byte]
	durable  btree.Map[string, []byte]
	changed  map[string]scheme.Seq
	commits  scheme.Seq // that were logged
	complete scheme.Seq // of them, that are durable
	volatile bool
	ids      scheme.ID
	last     *scheme.Ticket // of the newest commit
}

// New returns an empty store.
func New() *Store { return &Store{changed: map[string]scheme.Seq{}} }

// Volatile returns an empty store that has no log: it acknowledges at once, and nothing
// survives a Restart.
func Volatile() *Store {
	m := New()
	m.volatile = true
	return m
}

// Restart returns a store that holds what was durable in this one.
func (m *Store) Restart() *Store {
	n := New()
	if m.volatile {
		return Volatile()
	}
	n.current, n.durable = *m.durable.Copy(), *m.durable.Copy()
	return n
}

// Load sets a key before anybody uses the store.
func (m *Store) Load(key, value string) {
	m.current.Set(key, []byte(value))
	m.durable.Set(key, []byte(value))
}

// All returns the current contents.
func (m *Store) All() map[string]string {
	all := map[string]string{}
	m.current.Scan(func(k string, v []byte) bool {
		all[k] = string(v)
		return true
	})
	return all
}

// Get implements scheme.Store.
func (m *Store) Get(key []byte) (value []byte, found bool, err error) {
	value, found = m.current.Get(string(key))
	return value, found, nil
}

// Seek implements scheme.Store.
func (m *Store) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	return seek(&m.current, r)
}

func seek(in *btree.Map[string, []byte], r scheme.Range) (key, value []byte, found bool, err error) {
	k, found := workspace.Seek(in, r)
	if !found {
		return nil, nil, false, nil
	}
	value, _ = in.Get(k)
	return []byte(k), value, true, nil
}

// Force implements scheme.Store.
func (m *Store) Force() *scheme.Ticket {
	if m.last == nil || m.last.Fired() {
		return nil
	}
	return m.last
}

// Check implements scheme.Store.
func (m *Store) Check(key, value []byte) error {
	if m.Limit == nil {
		return nil
	}
	return m.Limit(key, value)
}

// NewID implements scheme.Store.
func (m *Store) NewID() scheme.ID {
	m.ids++
	return m.ids
}

// Snapshot implements scheme.Store.
func (m *Store) Snapshot() (scheme.Snapshot, error) {
	return &snapshot{store: m, seq: m.complete, contents: m.durable.Copy()}, nil
}

// snapshot implements scheme.Snapshot.
type snapshot struct {
	store    *Store
	seq      scheme.Seq
	contents *btree.Map[string, []byte]
}

func (s *snapshot) Seq() scheme.Seq { return s.seq }

func (s *snapshot) Get(key []byte) (value []byte, found bool, err error) {
	value, found = s.contents.Get(string(key))
	return value, found, nil
}

func (s *snapshot) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	return seek(s.contents, r)
}

func (s *snapshot) Changed(key []byte) (bool, error) {
	return s.store.changed[string(key)] > s.seq, nil
}

func (s *snapshot) Close() {}

// set changes one of the two states.
func set(in *btree.Map[string, []byte], key string, value []byte, there bool) {
	if there {
		in.Set(key, slices.Clip(value))
	} else {
		in.Delete(key)
	}
}
