package btree

import (
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// split splits the node at a depth of the path, or first its parent if that may
// not hold another separator. key is the one that is to go in. The path is stale
// afterwards.
func (t *Tree) split(tx *aries.Txn, depth int, key []byte) error {
	top := t.log.BeginTop(tx)
	var err error
	switch {
	case depth == 0:
		err = t.splitRoot(tx)
	case t.path[depth-1].frame.Room() < t.MaxKey()+2+4+8:
		return t.split(tx, depth-1, key)
	default:
		err = t.splitNode(tx, t.path[depth-1], t.path[depth].frame, key)
	}
	if err != nil {
		return err
	}
	//parley:rule aries.recovery.undo-with-clr drop
	t.log.EndTop(tx, top)
	return nil
}

// splitRoot moves the root's contents into a new child, which the root then leads
// to alone. That child is split next.
func (t *Tree) splitRoot(tx *aries.Txn) error {
	root := t.path[0].frame
	child, err := t.take(tx, aries.OnPage, root.Image())
	if err != nil {
		return err
	}
	above := page.Image{Kind: page.Inner, Level: uint8(root.Level() + 1), Link: child.ID()}
	t.log.Write(tx, aries.As{Undo: aries.OnPage}, format(root, above))
	return nil
}

// splitNode moves the upper part of a node into a new one to its right.
func (t *Tree) splitNode(tx *aries.Txn, parent step, left *pool.Frame, key []byte) error {
	at := splitPoint(left, key)
	if left.Kind() == page.Inner {
		at = min(at, left.Count()-2) // the one at it moves up
	}
	right := page.Image{Kind: left.Kind(), Level: uint8(left.Level()), Cells: left.Cells(at, left.Count())}
	var separator []byte
	if left.Kind() == page.Leaf {
		separator = shortest(left.Key(at-1), left.Key(at))
	} else {
		// The separator moves up: its child is the leftmost of the new node.
		separator = append(separator, left.Key(at)...)
		right.Link = page.CellChild(left.Cell(at))
		right.Cells = right.Cells[1:]
	}
	f, err := t.take(tx, aries.OnPage, right)
	if err != nil {
		return err
	}
	undo := aries.As{Undo: aries.OnPage}
	t.log.Write(tx, undo, splice(left, at, left.Count()-at))
	t.log.Write(tx, undo, splice(parent.frame, parent.at, 0, page.InnerCell(nil, separator, f.ID())))
	return nil
}

// splitPoint returns the first slot that goes to the right: half of the bytes, or
// only the end if the keys seem to arrive in order.
func splitPoint(f *pool.Frame, key []byte) int {
	n := f.Count()
	if string(key) > string(f.Key(n-1)) {
		return n - 1
	}
	total, sum := 0, 0
	for i := range n {
		total += page.CellSize(f.Cell(i))
	}
	for i := range n - 1 {
		sum += page.CellSize(f.Cell(i))
		if 2*sum >= total {
			return max(1, i+1)
		}
	}
	return n - 1
}

// shortest returns the shortest key that is greater than a, and not than b.
func shortest(a, b []byte) []byte {
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return append([]byte(nil), b[:n+1]...)
}

// take takes a page off the list of free ones, or from the end of the file, and
// gives it its contents, in one record.
func (t *Tree) take(tx *aries.Txn, undo aries.Undo, m page.Image) (*pool.Frame, error) {
	meta, err := t.pool.Fix(aries.MetaPage, false)
	if err != nil {
		return nil, err
	}
	id := page.ID(aries.Field(meta, aries.MetaFree))
	var f *pool.Frame
	var change aries.Change
	if id != 0 {
		if f, err = t.pool.Fix(id, false); err != nil {
			return nil, err
		}
		if f.Kind() != page.Free {
			return nil, &page.DamageError{File: pool.DataFile, ID: id, Reason: "it is on the list of free pages, and is " + f.Kind().String()}
		}
		change = aries.SetField(meta, aries.MetaFree, uint32(f.Link()))
	} else {
		count := aries.Field(meta, aries.MetaCount)
		f = t.pool.Fresh(page.ID(count))
		f.Page.Format(f.ID(), page.Image{Kind: page.Free})
		change = aries.SetField(meta, aries.MetaCount, count+1)
	}
	t.log.Write(tx, aries.As{Undo: undo}, format(f, m), change)
	return f, nil
}

// give puts a page on the list of free ones, in one record.
func (t *Tree) give(tx *aries.Txn, as aries.As, f *pool.Frame) error {
	changes, err := aries.FreePage(t.pool, f)
	if err == nil {
		t.log.Write(tx, as, changes...)
	}
	return err
}
