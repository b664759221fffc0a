package btree

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Report is what a verification found.
type Report struct {
	Pages   int // by the meta page
	Inner   int
	Leaves  int
	Chains  int // long values
	Links   int // pages of theirs
	Free    int
	Entries int
	Height  int
	// Bytes are those of keys and values; Used those of cells in the leaves, of
	// which Room is what they could take.
	Bytes, Used, Room int64
	// Damage says what is wrong, each with its page; at most MostDamage of it, and
	// nothing if all is well.
	Damage []error

	seen map[page.ID]page.Kind // every page that something leads to
}

// MostDamage bounds the damages that are reported.
const MostDamage = 100

// Reached tells whether something leads to a page.
func (r *Report) Reached(id page.ID) bool {
	_, reached := r.seen[id]
	return reached
}

// Add reports a damage.
func (r *Report) Add(damage error) {
	if len(r.Damage) < MostDamage {
		r.Damage = append(r.Damage, damage)
	}
}

// verifier walks over all pages.
type verifier struct {
	*Report
	t *Tree
}

// Verify walks over the whole tree and checks T1 to T3, and every page's
// checksum. The owner calls it while nothing else goes on.
func (t *Tree) Verify() *Report {
	v := &verifier{&Report{seen: map[page.ID]page.Kind{}}, t}
	meta := v.fix(aries.MetaPage, page.Meta)
	if meta == nil {
		return v.Report
	}
	v.Pages = int(aries.Field(meta, aries.MetaCount))
	free := page.ID(aries.Field(meta, aries.MetaFree))
	if root := v.any(Root); root != nil {
		v.Height = root.Level() + 1
		v.node(Root, root.Level(), nil, nil)
	}
	v.list(free)
	if len(v.Damage) > 0 {
		return v.Report // what a damaged page leads to is not known, and not lost
	}
	for id := range page.ID(v.Pages) {
		if !v.Reached(id) {
			v.damage(id, "nothing leads to it: it is in no node, no chain, and not free")
		}
	}
	return v.Report
}

func (v *verifier) damage(id page.ID, format string, args ...any) {
	v.Add(&page.DamageError{File: pool.DataFile, ID: id, Reason: fmt.Sprintf(format, args...)})
}

// any returns a page that was not come to before.
func (v *verifier) any(id page.ID) *pool.Frame {
	if v.Pages > 0 && int(id) >= v.Pages {
		v.damage(id, "a link leads to it, and there are %d pages", v.Pages)
		return nil
	}
	if kind, ok := v.seen[id]; ok {
		v.damage(id, "two links lead to it; it is %v", kind)
		return nil
	}
	if err := v.t.pool.Begin(1); err != nil {
		v.damage(id, "%v", err)
		return nil
	}
	f, err := v.t.pool.Fix(id, false)
	if err != nil {
		v.seen[id] = page.Unwritten
		v.Add(err)
		return nil
	}
	v.seen[id] = f.Kind()
	f.Seal()
	if why := f.Check(id); why != "" {
		v.damage(id, "in memory, %s", why)
	}
	return f
}

func (v *verifier) fix(id page.ID, kind page.Kind) *pool.Frame {
	f := v.any(id)
	if f != nil && f.Kind() != kind {
		v.damage(id, "it is %v, and %v is due", f.Kind(), kind)
		return nil
	}
	return f
}

// node checks a node and all below it, whose keys are not less than low, and less
// than high.
func (v *verifier) node(id page.ID, level int, low, high []byte) {
	f := v.t.pool.Peek(id)
	if id != Root {
		f = v.any(id)
	}
	if f == nil {
		return
	}
	if kind := f.Kind(); kind != page.Leaf && kind != page.Inner || f.Level() != level || (kind == page.Leaf) != (level == 0) {
		v.damage(id, "it is %v of level %d, and a node of level %d is due", kind, f.Level(), level)
		return
	}
	for i := range f.Count() {
		if key := f.Key(i); low != nil && string(key) < string(low) || high != nil && string(key) >= string(high) {
			v.damage(id, "key %d lies outside the separators of its parent", i)
		}
	}
	image := v.copy(f)
	if level == 0 {
		v.leaf(image.Cells)
		v.Room += int64(page.CellRoom(v.t.size))
		v.Used += int64(page.CellRoom(v.t.size) - f.Room())
		return
	}
	v.Inner++
	child, from := image.Link, low
	for _, cell := range image.Cells {
		key := page.CellKey(cell)
		v.node(child, level-1, from, key)
		child, from = page.CellChild(cell), key
	}
	v.node(child, level-1, from, high)
}

// copy returns what a page says, which stays when its frame goes.
func (v *verifier) copy(f *pool.Frame) page.Image {
	m := f.Image()
	for i, c := range m.Cells {
		m.Cells[i] = append([]byte(nil), c...)
	}
	return m
}

func (v *verifier) leaf(cells [][]byte) {
	v.Leaves++
	for _, cell := range cells {
		v.Entries++
		v.Bytes += int64(len(page.CellKey(cell)))
		if !page.IsOverflow(cell) {
			v.Bytes += int64(len(page.CellValue(cell)))
			continue
		}
		length, first := page.CellOverflow(cell)
		v.Bytes += int64(length)
		v.chain(length, first)
	}
}

// chain checks the pages of a long value.
func (v *verifier) chain(length int, id page.ID) {
	v.Chains++
	for got := 0; ; {
		f := v.fix(id, page.Overflow)
		if f == nil {
			return
		}
		v.Links++
		got += len(f.Body())
		next := f.Link()
		if next == 0 || got >= length {
			if next != 0 || got != length {
				v.damage(id, "a chain for %d bytes ends here with %d", length, got)
			}
			return
		}
		id = next
	}
}

// list checks the list of free pages.
func (v *verifier) list(id page.ID) {
	for id != 0 {
		f := v.fix(id, page.Free)
		if f == nil {
			return
		}
		v.Free++
		id = f.Link()
	}
}
