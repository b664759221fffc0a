package engine

import (
	"iter"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// entry is a key and its value.
type entry struct{ key, value []byte }

// fetched bounds what a walk reads with the latch held once.
const (
	fetchedEntries = 128
	fetchedBytes   = 32 << 10
)

// Ascend walks over the keys from one on to before another, nil for no bound, in
// order. If it ends early, Err says why.
func (tx *Tx) Ascend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return tx.walk(scheme.Range{From: from, To: to})
}

// Descend walks over the same keys from the greatest down.
func (tx *Tx) Descend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return tx.walk(scheme.Range{From: from, To: to, Reverse: true})
}

// Prefix walks over the keys that begin with a prefix, in order.
func (tx *Tx) Prefix(prefix []byte) iter.Seq2[[]byte, []byte] {
	return tx.walk(scheme.Range{From: prefix, To: beyondAll(prefix)})
}

// beyondAll returns the least key that is greater than all with a prefix; nil if there
// is none.
func beyondAll(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			next := append([]byte(nil), prefix[:i+1]...)
			next[i]++
			return next
		}
	}
	return nil
}

// Err returns the error that the last walk ended with, or nil. If nobody asks, Commit
// fails with it, and so do Update and View.
func (tx *Tx) Err() error {
	tx.unasked = nil
	return tx.err
}

func (tx *Tx) walk(r scheme.Range) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		next := tx.source(r)
		for {
			entries, err := next()
			if tx.err = err; err != nil {
				tx.unasked = err
			}
			if len(entries) == 0 {
				return
			}
			for _, e := range entries {
				if !yield(e.key, e.value) {
					return
				}
			}
		}
	}
}

// source returns a function that reads the next entries of a range; none at the
// end.
func (tx *Tx) source(r scheme.Range) func() ([]entry, error) {
	if tx.writable {
		return tx.stepwise(r)
	}
	return func() (entries []entry, err error) {
		if tx.ended {
			return nil, ErrEnded
		}
		err = tx.view.read(func(reader *storage.Reader) error { return fetch(reader, &r, &entries) })
		return entries, err
	}
}

// fetch reads some entries and moves the range on.
func fetch(reader *storage.Reader, r *scheme.Range, entries *[]entry) error {
	for bytes := 0; len(*entries) < fetchedEntries && bytes < fetchedBytes; {
		key, value, found, err := reader.Seek(*r)
		if err != nil || !found {
			return err
		}
		space := make([]byte, 0, len(key)+len(value)+1)
		space = append(append(space, key...), 0)
		e := entry{key: space[:len(key):len(key)]}
		if r.Reverse {
			r.To = e.key
		} else {
			r.From = space[: len(key)+1 : len(key)+1]
		}
		space = append(space, value...)
		e.value = space[len(key)+1:]
		*entries = append(*entries, e)
		bytes += len(space)
	}
	return nil
}

// stepwise asks the scheme for one entry at a time: it may have to lock each.
func (tx *Tx) stepwise(r scheme.Range) func() ([]entry, error) {
	var c scheme.Cursor
	return func() (entries []entry, err error) {
		if tx.ended {
			return nil, ErrEnded
		}
		err = tx.do(func() error {
			if c == nil {
				c = tx.txn.Scan(r)
			}
			key, value, found, err := c.Next()
			if err == nil && found {
				entries = []entry{{append([]byte(nil), key...), append([]byte(nil), value...)}}
			}
			return err
		})
		return entries, err
	}
}

// Cursor moves over all keys, in either direction, as in bbolt.
type Cursor struct {
	tx  *Tx
	key []byte // where it stands; nil if nowhere
}

// Cursor returns one that stands nowhere.
func (tx *Tx) Cursor() *Cursor { return &Cursor{tx: tx} }

// First moves to the least key; all moves return nil at the end.
func (c *Cursor) First() (key, value []byte, err error) { return c.move(scheme.Range{}) }

// Last moves to the greatest key.
func (c *Cursor) Last() (key, value []byte, err error) { return c.move(scheme.Range{Reverse: true}) }

// Seek moves to a key, or to the next one if it is not there.
func (c *Cursor) Seek(key []byte) (k, value []byte, err error) {
	return c.move(scheme.Range{From: append([]byte{}, key...)})
}

// Next moves to the next key.
func (c *Cursor) Next() (key, value []byte, err error) {
	if c.key == nil {
		return nil, nil, nil
	}
	return c.move(scheme.Range{From: append(append([]byte{}, c.key...), 0)})
}

// Prev moves to the key before.
func (c *Cursor) Prev() (key, value []byte, err error) {
	if c.key == nil {
		return nil, nil, nil
	}
	return c.move(scheme.Range{To: append([]byte{}, c.key...), Reverse: true})
}

func (c *Cursor) move(r scheme.Range) (key, value []byte, err error) {
	c.key = nil
	if c.tx.writable {
		entries, err := c.tx.stepwise(r)()
		if err != nil || len(entries) == 0 {
			return nil, nil, err
		}
		c.key = entries[0].key
		return entries[0].key, entries[0].value, nil
	}
	err = c.tx.view.read(func(reader *storage.Reader) error {
		k, v, found, err := reader.Seek(r)
		if err == nil && found {
			key, value = append([]byte{}, k...), append([]byte{}, v...)
		}
		return err
	})
	c.key = key
	return key, value, err
}
