package workspace

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// View is what a scheme shows a transaction of the database, its own copies aside.
type View interface {
	// Seek returns the first entry of a range, in its direction. The slices are
	// valid until the next call of anything.
	Seek(scheme.Range) (key, value []byte, found bool, err error)
	// Passed tells that all keys of a range have been read: those that were found
	// in it, and those that were not.
	Passed(scheme.Range)
}

// Cursor merges what a view shows with a transaction's copies, which hide what they
// have the keys of.
type Cursor struct {
	view   View
	writes *Writes
	left   scheme.Range
	over   bool
}

// Scan returns a cursor before the first entry of a range.
func Scan(r scheme.Range, v View, w *Writes) *Cursor { return &Cursor{view: v, writes: w, left: r} }

// Next implements scheme.Cursor.
func (c *Cursor) Next() (key, value []byte, found bool, err error) {
	for !c.over {
		key, value, found, err = c.view.Seek(c.left)
		if err != nil {
			return nil, nil, false, err
		}
		key, value = slices.Clone(key), slices.Clone(value)
		there := found
		if mine, ok := c.writes.Seek(c.left); ok && (!found || !c.before(string(key), mine)) {
			w, _ := c.writes.get(mine)
			key, value, found, there = []byte(mine), w.Value, true, w.There
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
func (c *Cursor) before(key, other string) bool {
	if c.left.Reverse {
		return key > other
	}
	return key < other
}

// pass narrows what is left to what lies behind a key, or to nothing.
func (c *Cursor) pass(key []byte, found bool) {
	passed := c.left
	switch {
	case !found:
		c.over = true
	case passed.Reverse:
		passed.From = key
		c.left.To = key
	default:
		passed.To = After(key)
		c.left.From = passed.To
	}
	c.view.Passed(passed)
}

// After returns the least key that is greater.
func After(key []byte) []byte { return append(append(make([]byte, 0, len(key)+1), key...), 0) }
