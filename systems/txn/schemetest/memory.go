package schemetest

import (
	"errors"
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// ErrNoSnapshots is what a Memory answers who asks for one.
var ErrNoSnapshots = errors.New("a store in memory keeps no snapshots")

// Memory is a scheme.Store in memory.
type Memory struct {
	// Durable calls done when what was committed so far is durable, in the order
	// of the calls. Nil means at once.
	Durable func(done func())
	// Stall, if not nil, returns what a change has to wait for, or nil.
	Stall func() *scheme.Ticket

	keys   []string // in order
	values map[string][]byte
	ids    scheme.ID
	last   *scheme.Ticket // of the newest commit
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{values: map[string][]byte{}} }

// Get implements scheme.Store.
func (m *Memory) Get(key []byte) (value []byte, found bool, err error) {
	value, found = m.values[string(key)]
	return value, found, nil
}

// Seek implements scheme.Store.
func (m *Memory) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	i, _ := slices.BinarySearch(m.keys, string(r.From))
	if r.Reverse {
		i = len(m.keys) - 1
		if r.To != nil {
			i, _ = slices.BinarySearch(m.keys, string(r.To))
			i--
		}
	}
	if i < 0 || i >= len(m.keys) || !r.Contains([]byte(m.keys[i])) {
		return nil, nil, false, nil
	}
	return []byte(m.keys[i]), m.values[m.keys[i]], true, nil
}

// Begin implements scheme.Store.
func (m *Memory) Begin() scheme.Unit { return &unit{m: m, id: m.NewID()} }

// Snapshot implements scheme.Store; there are none.
func (m *Memory) Snapshot() (scheme.Snapshot, error) { return nil, ErrNoSnapshots }

// Force implements scheme.Store.
func (m *Memory) Force() *scheme.Ticket {
	if m.last == nil || m.last.Fired() {
		return nil
	}
	return m.last
}

// Check implements scheme.Store: every key and value will do.
func (m *Memory) Check(_, _ []byte) error { return nil }

// NewID implements scheme.Store.
func (m *Memory) NewID() scheme.ID {
	m.ids++
	return m.ids
}

func (m *Memory) set(key string, value []byte, there bool) {
	i, found := slices.BinarySearch(m.keys, key)
	switch {
	case there && !found:
		m.keys = slices.Insert(m.keys, i, key)
	case !there && found:
		m.keys = slices.Delete(m.keys, i, i+1)
	}
	if there {
		m.values[key] = value
	} else {
		delete(m.values, key)
	}
}

// unit implements scheme.Unit.
type unit struct {
	m      *Memory
	id     scheme.ID
	undo   []before
	commit *scheme.Ticket
}

// before is what a key held.
type before struct {
	key   string
	value []byte
	there bool
}

func (u *unit) ID() scheme.ID { return u.id }

func (u *unit) Put(key, value []byte) error {
	return u.change(string(key), slices.Clone(value), true)
}

func (u *unit) Delete(key []byte) error {
	return u.change(string(key), nil, false)
}

func (u *unit) change(key string, value []byte, there bool) error {
	if u.m.Stall != nil {
		if t := u.m.Stall(); t != nil {
			return t
		}
	}
	old, was := u.m.values[key]
	u.undo = append(u.undo, before{key, old, was})
	u.m.set(key, value, there)
	return nil
}

func (u *unit) Savepoint() scheme.Savepoint { return scheme.Savepoint(len(u.undo)) }

func (u *unit) RollbackTo(p scheme.Savepoint) error {
	for i := len(u.undo) - 1; i >= int(p); i-- {
		u.m.set(u.undo[i].key, u.undo[i].value, u.undo[i].there)
	}
	u.undo = u.undo[:p]
	return nil
}

func (u *unit) Rollback() error { return u.RollbackTo(0) }

func (u *unit) Commit() error {
	if len(u.undo) == 0 || u.m.Durable == nil {
		return nil
	}
	if u.commit == nil {
		t := new(scheme.Ticket)
		u.commit, u.m.last = t, t
		u.m.Durable(t.Fire)
	}
	if u.commit.Fired() {
		return nil
	}
	return u.commit
}
