package workspace

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Written is what a key is to hold.
type Written struct {
	Value []byte
	There bool // false: the key is to be gone
}

// Writes are the private copies of what a transaction writes. The zero value has
// none.
type Writes struct {
	copies    btree.Map[string, Written]
	installed bool   // some of them
	last      string // the last that is
}

// Put notes that a key is to hold a value, of which it keeps a copy.
func (w *Writes) Put(key, value []byte) {
	w.copies.Set(string(key), Written{slices.Clone(value), true})
}

// Delete notes that a key is to be gone.
func (w *Writes) Delete(key []byte) { w.copies.Set(string(key), Written{}) }

// Get returns the copy of a key, if there is one.
func (w *Writes) Get(key []byte) (Written, bool) { return w.copies.Get(string(key)) }

// Has tells whether a key is written.
func (w *Writes) Has(key string) bool {
	_, has := w.copies.Get(key)
	return has
}

// Len returns how many keys are written.
func (w *Writes) Len() int { return w.copies.Len() }

// Keys returns the keys in order.
func (w *Writes) Keys() []string { return w.copies.Keys() }

// Seek returns the first key of a range that is written, in its direction.
func (w *Writes) Seek(r scheme.Range) (key string, found bool) { return Seek(&w.copies, r) }

// Seek returns the first key of a map that lies in a range, in its direction.
func Seek[V any](m *btree.Map[string, V], r scheme.Range) (key string, found bool) {
	first := func(k string, _ V) bool {
		if r.Reverse && r.To != nil && k == string(r.To) {
			return true // the bound itself does not belong to the range
		}
		key, found = k, r.Contains([]byte(k))
		return false
	}
	switch {
	case !r.Reverse:
		m.Ascend(string(r.From), first)
	case r.To != nil:
		m.Descend(string(r.To), first)
	default:
		m.Reverse(first)
	}
	if !found {
		return "", false
	}
	return key, true
}

// Install puts the copies into the store, in order. After a ticket it is to be
// called again, and goes on where it was.
func (w *Writes) Install(unit scheme.Unit) (err error) {
	w.copies.Ascend(w.last, func(key string, c Written) bool {
		if w.installed && key == w.last {
			return true
		}
		if err = place(unit, []byte(key), c); err != nil {
			return false
		}
		w.installed, w.last = true, key
		return true
	})
	return err
}

func place(unit scheme.Unit, key []byte, c Written) error {
	if c.There {
		return unit.Put(key, c.Value)
	}
	return unit.Delete(key)
}
