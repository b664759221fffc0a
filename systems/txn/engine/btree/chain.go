package btree

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// write puts a long value into a chain of pages, the last one first, and returns
// its first page. Each page is given back by itself if the transaction rolls back.
func (t *Tree) write(tx *aries.Txn, value []byte) (first page.ID, err error) {
	room := page.BodyRoom(t.size)
	for end := len(value); end > 0; {
		start := (end - 1) / room * room
		f, err := t.take(tx, aries.OnChain, page.Image{Kind: page.Overflow, Link: first, Body: value[start:end]})
		if err != nil {
			return 0, err
		}
		first, end = f.ID(), start
	}
	return first, nil
}

// fetch finds pages: the owner's way reads them, a reader's gives up.
type fetch func(id page.ID) (*pool.Frame, error)

// read returns the value that a chain holds.
func read(get fetch, length int, id page.ID) ([]byte, error) {
	value := make([]byte, 0, min(length, 1<<20))
	for len(value) < length {
		f, err := get(id)
		if err != nil {
			return nil, err
		}
		if f.Kind() != page.Overflow || len(f.Body()) == 0 {
			return nil, &page.DamageError{File: pool.DataFile, ID: id, Reason: fmt.Sprintf("it is %v where a part of a long value is due", f.Kind())}
		}
		value = append(value, f.Body()...)
		id = f.Link()
	}
	if len(value) != length || id != 0 {
		return nil, &page.DamageError{File: pool.DataFile, ID: id, Reason: "a long value does not end where its length says"}
	}
	return value, nil
}

// UndoChain implements aries.Undoer.
func (t *Tree) UndoChain(tx *aries.Txn, as aries.As, id page.ID) error {
	if err := t.pool.Begin(2); err != nil {
		return err
	}
	f, err := t.pool.Fix(id, false)
	if err != nil {
		return err
	}
	if f.Kind() != page.Overflow {
		panic(fmt.Sprintf("btree: undo gives page %d back, which is %v", id, f.Kind()))
	}
	return t.give(tx, as, f)
}

// UndoKey implements aries.Undoer: it puts back the cell that a key had, or takes
// the key out if it had none, wherever in the tree that is now.
func (t *Tree) UndoKey(tx *aries.Txn, as aries.As, c *aries.Change) error {
	if err := t.pool.Begin(frames); err != nil {
		return err
	}
	cells := c.After
	if len(cells) == 0 {
		cells = c.Before
	}
	key := page.CellKey(cells[0])
	found, err := t.descend(key)
	if err != nil {
		return err
	}
	t.expect(c, found)
	if len(c.Before) > 0 {
		return t.setAt(tx, as, found, key, c.Before[0])
	}
	return t.remove(tx, as, key)
}

// expect panics if the key at the end of the path is not as the change has left
// it: something was undone twice, or somebody else changed the key meanwhile.
func (t *Tree) expect(c *aries.Change, found bool) {
	leaf := t.path.leaf()
	if found != (len(c.After) > 0) || found && string(leaf.frame.Cell(leaf.at)) != string(c.After[0]) {
		panic(fmt.Sprintf("btree: undo of a change in page %d finds another state of its key than the change has left", c.Page))
	}
}
