package memory

import (
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

	entries  table
	order    btree.Map[string, *entry]
	commits  scheme.Seq // that were logged
	complete scheme.Seq // of them, that are durable
	images   []*image   // of commits, in their order: to be collected
	spent    spent
	open     []*snapshot // by their commits
	volatile bool
	touched  uint32 // by Warm: what is loaded has to be used
	ids      scheme.ID
	last     *unit // of the newest commit
}

// New returns an empty store.
func New() *Store { return &Store{entries: table{slots: make([]slot, minSlots)}} }

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
	m.order.Scan(func(key string, e *entry) bool {
		if value, there := e.as(m.complete); there {
			n.entry([]byte(key)).set(value, true)
		}
		return true
	})
	return n
}

// Load sets a key before anybody uses the store.
func (m *Store) Load(key, value string) { m.entry([]byte(key)).set([]byte(value), true) }

// All returns the current contents.
func (m *Store) All() map[string]string {
	all := map[string]string{}
	m.order.Scan(func(key string, e *entry) bool {
		if e.there {
			all[key] = string(e.value)
		}
		return true
	})
	return all
}

// Get implements scheme.Store.
func (m *Store) Get(key []byte) (value []byte, found bool, err error) {
	e := m.entries.find(key)
	if e == nil {
		return nil, false, nil
	}
	return e.value, e.there, nil
}

// Warm brings what is known of some keys into the processor's cache, all at the same time
// rather than one after the other, for who is going to use them now.
func (m *Store) Warm(keys [][]byte) {
	for len(keys) > 0 {
		n := min(len(keys), warmed)
		m.touched += m.entries.warm(keys[:n])
		keys = keys[n:]
	}
}

// Seek implements scheme.Store.
func (m *Store) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	return m.seek(r, (*entry).now)
}

// seek returns the first entry of a range that is there in some state.
func (m *Store) seek(r scheme.Range, in func(*entry) ([]byte, bool)) (key, value []byte, found bool, err error) {
	for {
		k, known := workspace.Seek(&m.order, r)
		if !known {
			return nil, nil, false, nil
		}
		key = []byte(k)
		if value, there := in(m.entries.find(key)); there {
			return key, value, true, nil
		}
		if r.Reverse {
			r.To = key
		} else {
			r.From = workspace.After(key)
		}
	}
}

// Force implements scheme.Store.
func (m *Store) Force() *scheme.Ticket {
	if m.last == nil {
		return nil
	}
	return m.last.await()
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
