package btree

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Root is the page of the root.
const Root page.ID = 1

// frames is the most pages that a change of one key touches, chains apart: a path,
// two neighbours, and the pages that the splits of a path take.
const frames = 32

// Tree is a B+tree. It has one owner; View may be used by many readers in
// parallel while the owner does nothing.
type Tree struct {
	pool *pool.Pool
	log  *aries.Manager
	size int // of pages
	path path
	cell []byte
}

// New returns the tree in a pool whose changes a manager logs.
func New(p *pool.Pool, m *aries.Manager) *Tree {
	return &Tree{pool: p, log: m, size: p.PageSize()}
}

// MaxKey returns the length that keys may have, in bytes.
func (t *Tree) MaxKey() int { return t.size / 8 }

// MaxValue returns the length that values may have: their chain has to fit into
// memory along with other pages.
func (t *Tree) MaxValue() int { return (t.pool.Frames()*3/4 - frames) * page.BodyRoom(t.size) }

// inline is the most that a cell may take; longer values go into a chain.
func (t *Tree) inline() int { return t.size / 4 }

// Create formats the meta page and an empty root, as part of a transaction.
func (t *Tree) Create(tx *aries.Txn) error {
	if err := t.pool.Begin(2); err != nil {
		return err
	}
	meta, root := t.pool.Fresh(aries.MetaPage), t.pool.Fresh(Root)
	body := make([]byte, aries.MetaBody)
	body[4] = 2 // pages
	t.log.Write(tx, aries.As{Undo: aries.RedoOnly},
		format(meta, page.Image{Kind: page.Meta, Body: body}),
		format(root, page.Image{Kind: page.Leaf}))
	return nil
}

func format(f *pool.Frame, m page.Image) aries.Change {
	return aries.Change{Page: f.ID(), Frame: f, Op: aries.Format, Was: f.Image(), Becomes: m}
}

func splice(f *pool.Frame, slot, removed int, after ...[]byte) aries.Change {
	return aries.Change{
		Page: f.ID(), Frame: f, Op: aries.Splice, Slot: slot,
		Removed: removed, Before: f.Cells(slot, slot+removed), After: after,
	}
}

// step is one node of a path, and the index of the child, or slot, that was
// taken there.
type step struct {
	frame *pool.Frame
	at    int
}

// path leads from the root to a leaf.
type path []step

func (p path) leaf() step { return p[len(p)-1] }

// descend fills t.path with the way to the leaf that key belongs to, and reports
// whether the key is there.
func (t *Tree) descend(key []byte) (found bool, err error) {
	t.path = t.path[:0]
	for id := Root; ; {
		f, err := t.pool.Fix(id, false)
		if err != nil {
			return false, err
		}
		if f.Kind() == page.Leaf {
			slot, found := f.Search(key)
			t.path = append(t.path, step{f, slot})
			return found, nil
		}
		if err := inner(f, len(t.path)); err != nil {
			return false, err
		}
		at := f.ChildFor(key)
		t.path = append(t.path, step{f, at})
		id = f.Child(at)
	}
}

// inner tells whether a page that a descent has come to is a node, and not deeper
// than a tree can be: links may run in a circle in a file that was tampered with.
func inner(f *pool.Frame, depth int) error {
	if f.Kind() != page.Inner || depth > frames/2 {
		return &page.DamageError{File: pool.DataFile, ID: f.ID(), Reason: fmt.Sprintf("it is %v where a node of the tree is due", f.Kind())}
	}
	return nil
}

// Old is shown what a key was before it is changed.
type Old func(value []byte, found bool)

// Put sets the value of a key, and shows what was there before to old, if that is
// not nil.
func (t *Tree) Put(tx *aries.Txn, key, value []byte, old Old) error {
	chain := 0
	if 2+len(key)+len(value) > t.inline() {
		chain = (len(value) + page.BodyRoom(t.size) - 1) / page.BodyRoom(t.size)
	}
	if err := t.pool.Begin(frames + chain); err != nil {
		return err
	}
	found, err := t.reach(key, old)
	if err != nil {
		return err
	}
	as := aries.As{Undo: aries.OnKey}
	if chain == 0 {
		t.cell = page.LeafCell(t.cell[:0], key, value)
		return t.setAt(tx, as, found, key, t.cell)
	}
	first, err := t.write(tx, value)
	if err != nil {
		return err
	}
	t.cell = page.OverflowCell(t.cell[:0], key, len(value), first)
	return t.setAt(tx, as, found, key, t.cell)
}

// Delete removes a key and reports whether it was there.
func (t *Tree) Delete(tx *aries.Txn, key []byte, old Old) (bool, error) {
	if err := t.pool.Begin(frames); err != nil {
		return false, err
	}
	found, err := t.reach(key, old)
	if err != nil || !found {
		return false, err
	}
	return true, t.remove(tx, aries.As{Undo: aries.OnKey}, key)
}

// reach is descend that shows what it has found.
func (t *Tree) reach(key []byte, old Old) (found bool, err error) {
	if found, err = t.descend(key); err != nil || old == nil {
		return found, err
	}
	if !found {
		old(nil, false)
		return false, nil
	}
	leaf := t.path.leaf()
	value, err := valueOf(t.own, leaf.frame.Cell(leaf.at))
	if err == nil {
		old(value, true)
	}
	return true, err
}

// setAt puts a cell into the leaf that the path leads to, in place of the one
// that is there.
func (t *Tree) setAt(tx *aries.Txn, as aries.As, found bool, key, cell []byte) error {
	for {
		leaf := t.path.leaf()
		removed, room := 0, leaf.frame.Room()
		if found {
			removed = 1
			room += page.CellSize(leaf.frame.Cell(leaf.at))
		}
		if room >= page.CellSize(cell) {
			t.replace(tx, as, leaf, removed, cell)
			return nil
		}
		if err := t.split(tx, len(t.path)-1, key); err != nil {
			return err
		}
		var err error
		if found, err = t.descend(key); err != nil {
			return err
		}
	}
}

// replace logs the change of one leaf. A chain that is cut off is given back when
// the transaction commits.
func (t *Tree) replace(tx *aries.Txn, as aries.As, leaf step, removed int, cells ...[]byte) {
	c := splice(leaf.frame, leaf.at, removed, cells...)
	cut, first := cutOff(c.Before)
	lsn := t.log.Write(tx, as, c)
	if cut && !as.CLR {
		tx.Defer(lsn, first)
	}
}

// remove takes the cell out that the path leads to.
func (t *Tree) remove(tx *aries.Txn, as aries.As, key []byte) error {
	leaf := t.path.leaf()
	t.replace(tx, as, leaf, 1)
	if !t.sparse(leaf.frame) {
		return nil
	}
	return t.shrink(tx, key)
}

// cutOff tells whether cells that go lead to a chain.
func cutOff(cells [][]byte) (bool, page.ID) {
	if len(cells) == 0 || !page.IsOverflow(cells[0]) {
		return false, 0
	}
	_, first := page.CellOverflow(cells[0])
	return true, first
}
