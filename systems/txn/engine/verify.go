package engine

import (
	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// Verify walks over everything: every page of the tree, of chains and of the free
// list, in memory and, if it is not about to be written, on the disk; and pages that
// a damaged one has led to. It reports what is wrong (G3, G4), and is to be called
// while no unit is open: a chain that an open unit has cut off would seem lost.
func (d *Database) Verify() *btree.Report {
	r := d.tree.Verify()
	dirty := map[page.ID]bool{}
	for _, p := range d.pool.DirtyPages() {
		dirty[p.Page] = true
	}
	buf := make(page.Page, d.o.PageSize)
	for id := range d.pages(r) {
		if dirty[id] || r.Reached(id) && d.pool.Peek(id) == nil {
			continue // not written yet, or read from the disk just now
		}
		if err := d.pool.ReadDisk(buf, id); err != nil {
			r.Add(err)
		}
	}
	return r
}

// pages returns how many pages there are; the length of the file tells if the meta page
// does not.
func (d *Database) pages(r *btree.Report) page.ID {
	if bytes, err := d.pool.Size(); r.Pages == 0 && err == nil {
		return page.ID(bytes / int64(d.o.PageSize))
	}
	return page.ID(r.Pages)
}
