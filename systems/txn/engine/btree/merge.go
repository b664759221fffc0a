package btree

import (
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// shrink merges nodes on the path of a key that have become small, from the leaf
// upwards.
func (t *Tree) shrink(tx *aries.Txn, key []byte) error {
	for {
		if _, err := t.descend(key); err != nil {
			return err
		}
		done := true
		for depth := len(t.path) - 1; depth > 0 && done; depth-- {
			if !t.sparse(t.path[depth].frame) {
				continue
			}
			changed, err := t.merge(tx, depth, key)
			if err != nil {
				return err
			}
			done = !changed
		}
		if done {
			return t.lower(tx)
		}
	}
}

// sparse tells whether a node is less than a quarter full.
func (t *Tree) sparse(f *pool.Frame) bool { return f.Room() > page.CellRoom(t.size)*3/4 }

// merge joins the node at a depth with a neighbour under the same parent, if both
// fit into one page. It reports whether the tree has changed.
func (t *Tree) merge(tx *aries.Txn, depth int, key []byte) (bool, error) {
	parent, at := t.path[depth-1].frame, t.path[depth-1].at
	if parent.Count() == 0 {
		return false, nil
	}
	if at == parent.Count() {
		at-- // the last one goes into the neighbour to its left
	}
	left, err := t.pool.Fix(parent.Child(at), false)
	if err != nil {
		return false, err
	}
	right, err := t.pool.Fix(parent.Child(at+1), false)
	if err != nil {
		return false, err
	}
	if left.Kind() != right.Kind() {
		return false, &page.DamageError{File: pool.DataFile, ID: right.ID(), Reason: "it is a leaf beside an inner node, or the other way round"}
	}
	cells := right.Cells(0, right.Count())
	if right.Kind() == page.Inner {
		separator := page.InnerCell(nil, parent.Key(at), right.Link())
		cells = append([][]byte{separator}, cells...)
	}
	if size(cells) <= left.Room() {
		return true, t.join(tx, parent, at, left, right, cells)
	}
	if t.path[depth].frame.Count() > 0 {
		return false, nil
	}
	if parent.Room() < t.MaxKey() {
		return true, t.split(tx, depth-1, key)
	}
	return true, t.level(tx, parent, at, left, right, cells)
}

func size(cells [][]byte) (n int) {
	for _, c := range cells {
		n += page.CellSize(c)
	}
	return n
}

// join puts the cells of the right node into the left one, and gives its page back.
func (t *Tree) join(tx *aries.Txn, parent *pool.Frame, at int, left, right *pool.Frame, cells [][]byte) error {
	top := t.log.BeginTop(tx)
	undo := aries.As{Undo: aries.OnPage}
	t.log.Write(tx, undo, splice(left, left.Count(), 0, cells...))
	t.log.Write(tx, undo, splice(parent, at, 1))
	if err := t.give(tx, undo, right); err != nil {
		return err
	}
	t.log.EndTop(tx, top)
	return nil
}

// level spreads the cells of two inner nodes evenly. It is for a node that has a
// single child: that child could not be merged with anything.
func (t *Tree) level(tx *aries.Txn, parent *pool.Frame, at int, left, right *pool.Frame, cells [][]byte) error {
	var all [][]byte
	for _, c := range append(left.Cells(0, left.Count()), cells...) {
		all = append(all, append([]byte(nil), c...)) // both pages are written over
	}
	mid := 1
	for mid < len(all)-2 && 2*size(all[:mid]) < size(all) {
		mid++
	}
	image := func(link page.ID, cells [][]byte) page.Image {
		return page.Image{Kind: page.Inner, Level: uint8(left.Level()), Link: link, Cells: cells}
	}
	separator := page.InnerCell(nil, page.CellKey(all[mid]), right.ID())
	top := t.log.BeginTop(tx)
	t.log.Write(tx, aries.As{Undo: aries.OnPage},
		format(left, image(left.Link(), all[:mid])),
		format(right, image(page.CellChild(all[mid]), all[mid+1:])),
		splice(parent, at, 1, separator))
	t.log.EndTop(tx, top)
	return nil
}

// lower takes away a root that leads to one child only.
func (t *Tree) lower(tx *aries.Txn) error {
	for {
		root, err := t.pool.Fix(Root, false)
		if err != nil || root.Kind() != page.Inner || root.Count() > 0 {
			return err
		}
		child, err := t.pool.Fix(root.Link(), false)
		if err != nil {
			return err
		}
		top := t.log.BeginTop(tx)
		undo := aries.As{Undo: aries.OnPage}
		t.log.Write(tx, undo, format(root, child.Image()))
		if err := t.give(tx, undo, child); err != nil {
			return err
		}
		t.log.EndTop(tx, top)
	}
}
