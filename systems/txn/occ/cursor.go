package occ

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Scan implements scheme.Txn.
func (t *Txn) Scan(r scheme.Range) scheme.Cursor { return &cursor{t: t, left: r} }

// cursor merges the entries of the store with the transaction's copies, which hide
// what they have the keys of.
type cursor struct {
	t    *Txn
	left scheme.Range
	over bool
}

// Next implements scheme.Cursor. What was passed counts as read.
func (c *cursor) Next() (key, value []byte, found bool, err error) {
	for !c.over {
		if err := c.t.usable(); err != nil {
			return nil, nil, false, err
		}
		key, value, found, err = c.t.s.store.Seek(c.left)
		if err != nil {
			return nil, nil, false, err
		}
		key, value = slices.Clone(key), slices.Clone(value)
		there := found
		if mine, ok := c.t.copies.seek(c.left); ok && (!found || !c.before(string(key), mine)) {
			w := c.t.copies.values[mine]
			key, value, found, there = []byte(mine), w.value, true, w.there
		}
		c.pass(key, found)
		if there {
			return key, value, true, nil
		}
	}
	return nil, nil, false, nil
}

// before tells whether a key comes strictly before another in the cursor's
// direction.
func (c *cursor) before(key, other string) bool {
	if c.left.Reverse {
		return key > other
	}
	return key < other
}

// pass notes what the cursor has passed, and narrows what is left.
func (c *cursor) pass(key []byte, found bool) {
	passed := c.left
	switch {
	case !found:
		c.over = true
	case passed.Reverse:
		passed.From = key
		c.left.To = passed.From
	default:
		passed.To = append(append(make([]byte, 0, len(key)+1), key...), 0)
		c.left.From = passed.To
	}
	c.t.reads.add(passed)
}
