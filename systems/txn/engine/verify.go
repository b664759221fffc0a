package engine

import (
	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// Verify walks over everything: every page of the tree, of chains and of the free
// list, in memory and, if it is not about to be written, on the disk. It reports
// all that is wrong (G3, G4), and is to be called while no unit is open: a
// chain that an open unit has cut off would seem lost.
func (d *Database) Verify() *btree.Report {
	r := d.tree.Verify()
	dirty := map[page.ID]bool{}
	for _, p := range d.pool.DirtyPages() {
		dirty[p.Page] = true
	}
	buf := make(page.Page, d.o.PageSize)
	for id := range page.ID(r.Pages) {
		if dirty[id] || d.pool.Peek(id) == nil {
			continue // not written yet, or read from the disk just now
		}
		if err := d.pool.ReadDisk(buf, id); err != nil {
			r.Damage = append(r.Damage, err)
		}
	}
	return r
}
