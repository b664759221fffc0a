package workspace

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/blocks/arena"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Written is what a key is to hold.
type Written struct {
	Value []byte
	There bool // false: the key is to be gone
}

// Writes are the private copies of what a transaction writes. The zero value has
// none. A few are kept in a list, many in a tree.
type Writes struct {
	few       []entry // in order, while they are no more than mostFew
	many      *btree.Map[string, Written]
	space     arena.Arena // of values
	text      arena.Text  // of keys
	installed bool        // some of them
	last      string      // the last that is
	key       []byte      // room for it
}

// entry is a key that is written.
type entry struct {
	key string
	Written
}

// Clear makes the writes none, with the room that they had for a few: nobody looks at the
// copies any more.
func (w *Writes) Clear() {
	clear(w.few)
	w.space.Clear()
	*w = Writes{few: w.few[:0], space: w.space, text: w.text, key: w.key[:0]}
}

// Put notes that a key is to hold a value, of which it keeps a copy.
func (w *Writes) Put(key, value []byte) { w.set(key, Written{w.space.Copy(value), true}) }

// Delete notes that a key is to be gone.
func (w *Writes) Delete(key []byte) { w.set(key, Written{}) }

// find returns where a key is in the list, or where it would be.
func (w *Writes) find(key string) (at int, there bool) {
	for at < len(w.few) && w.few[at].key < key {
		at++
	}
	return at, at < len(w.few) && w.few[at].key == key
}

func (w *Writes) set(key []byte, c Written) {
	if w.many != nil {
		w.many.Set(string(key), c)
		return
	}
	at, there := w.find(string(key))
	switch {
	case there:
		w.few[at].Written = c
	case len(w.few) < mostFew:
		if w.few == nil {
			w.few = make([]entry, 0, 8)
		}
		w.few = slices.Insert(w.few, at, entry{w.text.Copy(key), c})
	default:
		w.many = new(btree.Map[string, Written])
		for _, e := range w.few {
			w.many.Set(e.key, e.Written)
		}
		w.few = nil
		w.many.Set(string(key), c)
	}
}

// Get returns the copy of a key, if there is one.
func (w *Writes) Get(key []byte) (Written, bool) { return w.get(string(key)) }

func (w *Writes) get(key string) (Written, bool) {
	if w.many != nil {
		return w.many.Get(key)
	}
	if at, there := w.find(key); there {
		return w.few[at].Written, true
	}
	return Written{}, false
}

// Has tells whether a key is written.
func (w *Writes) Has(key string) bool {
	_, has := w.get(key)
	return has
}

// Len returns how many keys are written.
func (w *Writes) Len() int {
	if w.many != nil {
		return w.many.Len()
	}
	return len(w.few)
}

// Keys appends the keys to some, in order.
func (w *Writes) Keys(keys []string) []string {
	if w.many != nil {
		return append(keys, w.many.Keys()...)
	}
	for _, e := range w.few {
		keys = append(keys, e.key)
	}
	return keys
}

// Seek returns the first key of a range that is written, in its direction.
func (w *Writes) Seek(r scheme.Range) (key string, found bool) {
	if w.many != nil {
		return Seek(w.many, r)
	}
	inside := func(e entry) bool { return r.Contains([]byte(e.key)) }
	i := slices.IndexFunc(w.few, inside)
	if i < 0 {
		return "", false
	}
	for r.Reverse && i+1 < len(w.few) && inside(w.few[i+1]) {
		i++
	}
	return w.few[i].key, true
}

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
	w.ascend(w.last, func(key string, c Written) bool {
		if w.installed && key == w.last {
			return true
		}
		w.key = append(w.key[:0], key...)
		if err = place(unit, w.key, c); err != nil {
			return false
		}
		w.installed, w.last = true, key
		return true
	})
	return err
}

// ascend visits the copies in order, from a key on.
func (w *Writes) ascend(from string, visit func(string, Written) bool) {
	if w.many != nil {
		w.many.Ascend(from, visit)
		return
	}
	at, _ := w.find(from)
	for _, e := range w.few[at:] {
		if !visit(e.key, e.Written) {
			return
		}
	}
}

func place(unit scheme.Unit, key []byte, c Written) error {
	if c.There {
		return unit.Put(key, c.Value)
	}
	return unit.Delete(key)
}
