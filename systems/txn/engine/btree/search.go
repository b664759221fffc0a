package btree

import (
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// MissError says which page a parallel reader did not find in memory.
type MissError struct{ Page page.ID }

func (e *MissError) Error() string { return "a page is not in memory" }

// Get returns the value of a key. It is valid until the next operation.
func (t *Tree) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.pool.Begin(frames); err != nil {
		return nil, false, err
	}
	return get(t.own, key)
}

// Seek returns the entry at key, or else the next one: upwards, or downwards if
// reverse, where a nil key means the end of all keys. exact says whether the entry
// at key itself counts.
func (t *Tree) Seek(key []byte, exact, reverse bool) (k, v []byte, found bool, err error) {
	if err := t.pool.Begin(frames); err != nil {
		return nil, nil, false, err
	}
	return seek(t.own, key, exact, reverse)
}

// own is the owner's way to a page. Long chains would pin too much: their frames
// may go, and reading them copies.
func (t *Tree) own(id page.ID) (*pool.Frame, error) {
	f, err := t.pool.Fix(id, false)
	if err == nil && f.Kind() == page.Overflow {
		t.pool.Unpin(f)
	}
	return f, err
}

// View reads the tree without changing anything, not even the pool.
type View struct{ pool *pool.Pool }

// View returns a reader that may be used in parallel with others.
func (t *Tree) View() View { return View{t.pool} }

func (v View) peek(id page.ID) (*pool.Frame, error) {
	if f := v.pool.Peek(id); f != nil {
		return f, nil
	}
	return nil, &MissError{id}
}

// Get is Tree.Get, and may return a *MissError.
func (v View) Get(key []byte) (value []byte, found bool, err error) { return get(v.peek, key) }

// Seek is Tree.Seek, and may return a *MissError.
func (v View) Seek(key []byte, exact, reverse bool) (k, value []byte, found bool, err error) {
	return seek(v.peek, key, exact, reverse)
}

func get(find fetch, key []byte) (value []byte, found bool, err error) {
	id := Root
	for depth := 0; ; depth++ {
		f, err := find(id)
		if err != nil {
			return nil, false, err
		}
		if f.Kind() == page.Leaf {
			slot, found := f.Search(key)
			if !found {
				return nil, false, nil
			}
			value, err = valueOf(find, f.Cell(slot))
			return value, true, err
		}
		if err := inner(f, depth); err != nil {
			return nil, false, err
		}
		id = f.Child(f.ChildFor(key))
	}
}

func valueOf(find fetch, cell []byte) ([]byte, error) {
	if !page.IsOverflow(cell) {
		return page.CellValue(cell), nil
	}
	length, first := page.CellOverflow(cell)
	return read(find, length, first)
}

// seek descends to the leaf of key. If there is no entry in that leaf, it goes on
// from the separator that bounds it, leaf by leaf: they may be empty.
func seek(find fetch, key []byte, exact, reverse bool) (k, v []byte, found bool, err error) {
	end := key == nil && reverse
	for {
		f, bound, err := leafFor(find, key, exact, end, reverse)
		if err != nil {
			return nil, nil, false, err
		}
		if slot := slotFor(f, key, end, exact, reverse); slot >= 0 && slot < f.Count() {
			v, err := valueOf(find, f.Cell(slot))
			return f.Key(slot), v, err == nil, err
		}
		if bound == nil {
			return nil, nil, false, nil
		}
		key, exact, end = bound, !reverse, false
	}
}

// leafFor returns the leaf in which the walk begins, and the separator behind it,
// in the direction of the walk; nil if it is the last.
func leafFor(find fetch, key []byte, exact, end, reverse bool) (f *pool.Frame, bound []byte, err error) {
	id := Root
	for depth := 0; ; depth++ {
		if f, err = find(id); err != nil || f.Kind() == page.Leaf {
			return f, bound, err
		}
		if err := inner(f, depth); err != nil {
			return nil, nil, err
		}
		at := f.Count()
		if !end {
			slot, found := f.Search(key)
			if at = slot; found && (exact || !reverse) {
				at++
			}
		}
		switch {
		case reverse && at > 0:
			bound = f.Key(at - 1)
		case !reverse && at < f.Count():
			bound = f.Key(at)
		}
		id = f.Child(at)
	}
}

func slotFor(f *pool.Frame, key []byte, end, exact, reverse bool) int {
	if end {
		return f.Count() - 1
	}
	slot, found := f.Search(key)
	switch {
	case found && exact:
		return slot
	case reverse:
		return slot - 1
	case found:
		return slot + 1
	}
	return slot
}
