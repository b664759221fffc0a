package lock

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Scan implements scheme.Txn.
func (t *Txn) Scan(r scheme.Range) scheme.Cursor { return &cursor{t: t, left: r} }

// cursor walks by seeking again from behind the last entry.
type cursor struct {
	t    *Txn
	left scheme.Range
	over bool
}

// Next implements scheme.Cursor. What it locks it reads in the same call, so that
// nothing comes in between; after a wait it looks anew.
func (c *cursor) Next() (key, value []byte, found bool, err error) {
	if c.over {
		return nil, nil, false, nil
	}
	key, value, found, err = c.t.s.store.Seek(c.left)
	if err != nil {
		return nil, nil, false, err
	}
	key, value = slices.Clone(key), slices.Clone(value)
	if err := c.protect(key, found); err != nil {
		return nil, nil, false, err
	}
	if c.over = !found; found {
		c.left = beyond(c.left, key)
	}
	return key, value, found, nil
}

// protect locks the keys from where the cursor stands to the entry that it has
// found, or to the end of its range: none of them comes into being any more.
func (c *cursor) protect(key []byte, found bool) error {
	//parley:rule locking.phantom.predicate-reads force=true
	if c.t.s.options.Phantoms && !c.t.s.options.Global {
		return c.protectEntry(key, found)
	}
	passed := c.left
	switch {
	case !found:
	case passed.Reverse:
		passed.From = key
	default:
		passed.To = after(key)
	}
	return c.t.lockRange(passed, Shared)
}

func (c *cursor) protectEntry(key []byte, found bool) error {
	if !found {
		return nil
	}
	return c.t.lock(key, Shared)
}

// beyond returns what is left of a range after a key.
func beyond(r scheme.Range, key []byte) scheme.Range {
	if r.Reverse {
		r.To = key
	} else {
		r.From = after(key)
	}
	return r
}

// after returns the least key that is greater.
func after(key []byte) []byte { return append(append(make([]byte, 0, len(key)+1), key...), 0) }
