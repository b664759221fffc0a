package aries

import (
	"encoding/binary"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Op is what a change does to a page.
type Op uint8

// The changes that pages undergo. All are addressed logically within the page
// (physiological logging): a redo need not find cells at the same offsets. None
// may be applied twice: a Splice moves the slots behind it.
const (
	Format Op = iota + 1 // the page is given new contents
	Splice               // cells are replaced by others
	Patch                // bytes of the link or the body are overwritten
)

// Change is what one record does to one page.
type Change struct {
	Page  page.ID
	Frame *pool.Frame // that holds the page now; not part of the record
	Op    Op

	Slot    int      // of a Splice
	Removed int      // how many cells it takes out
	Before  [][]byte // these
	After   [][]byte // what it puts in

	Offset   int    // of a Patch
	Old, New []byte // equally long

	Was, Becomes page.Image // of a Format
}

// beforeBit marks an operation whose record holds the before-image.
const beforeBit = 0x80

func (c *Change) append(b []byte, undoable bool) []byte {
	op := byte(c.Op)
	//parley:rule wal.log.record-contents force=false
	if undoable {
		op |= beforeBit
	}
	b = append(b, op)
	b = binary.AppendUvarint(b, uint64(c.Page))
	switch c.Op {
	case Format:
		b = appendImage(b, c.Becomes)
		if op&beforeBit != 0 {
			b = appendImage(b, c.Was)
		}
	case Splice:
		b = binary.AppendUvarint(b, uint64(c.Slot))
		b = binary.AppendUvarint(b, uint64(c.Removed))
		b = appendCells(b, c.After)
		if op&beforeBit != 0 {
			b = appendCells(b, c.Before)
		}
	case Patch:
		b = binary.AppendUvarint(b, uint64(c.Offset))
		b = appendBytes(b, c.New)
		if op&beforeBit != 0 {
			b = appendBytes(b, c.Old)
		}
	}
	return b
}

func appendBytes(b, p []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(p)))
	return append(b, p...)
}

func appendCells(b []byte, cells [][]byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(cells)))
	for _, c := range cells {
		b = appendBytes(b, c)
	}
	return b
}

func appendImage(b []byte, m page.Image) []byte {
	b = append(b, byte(m.Kind), m.Level)
	b = binary.AppendUvarint(b, uint64(m.Link))
	b = appendBytes(b, m.Body)
	return appendCells(b, m.Cells)
}

func (d *decoder) cells() (cells [][]byte) {
	for range d.count() {
		if d.bad {
			return nil
		}
		c := d.bytes()
		if !page.Sound(page.Leaf, c) && !page.Sound(page.Inner, c) {
			d.bad = true
			return nil
		}
		cells = append(cells, c)
	}
	return cells
}

func (d *decoder) image() page.Image {
	return page.Image{
		Kind: page.Kind(d.byte()), Level: d.byte(), Link: d.page(),
		Body: d.bytes(), Cells: d.cells(),
	}
}

func (d *decoder) change() (c Change) {
	op := d.byte()
	before := op&beforeBit != 0
	c.Op, c.Page = Op(op&^beforeBit), d.page()
	switch c.Op {
	case Format:
		c.Becomes = d.image()
		if before {
			c.Was = d.image()
		}
	case Splice:
		c.Slot, c.Removed, c.After = d.count(), d.count(), d.cells()
		if before {
			c.Before = d.cells()
		}
	case Patch:
		c.Offset, c.New = d.count(), d.bytes()
		if before {
			c.Old = d.bytes()
		}
	default:
		d.bad = true
	}
	return c
}

// apply carries the change out on the page.
func (c *Change) apply(p page.Page) {
	switch c.Op {
	case Format:
		p.Format(c.Page, c.Becomes)
	case Splice:
		p.Splice(c.Slot, c.Removed, c.After)
	case Patch:
		p.Patch(c.Offset, c.New)
	}
}

// opposite returns the change that takes this one back.
func (c *Change) opposite() Change {
	o := Change{Page: c.Page, Op: c.Op, Slot: c.Slot, Offset: c.Offset}
	o.Removed, o.Before, o.After = len(c.After), c.After, c.Before
	o.Old, o.New = c.New, c.Old
	o.Was, o.Becomes = c.Becomes, c.Was
	return o
}

// fits says why a change of a record cannot be redone on a page: empty if it
// can. Only a damaged log or data file gets here.
func (c *Change) fits(p page.Page) string {
	kind, cells := p.Kind(), c.After
	if c.Op == Format {
		kind, cells = c.Becomes.Kind, c.Becomes.Cells
	}
	for _, cell := range cells {
		if !page.Sound(kind, cell) {
			return fmt.Sprintf("a cell is none of %v", kind)
		}
	}
	switch {
	case c.Op == Format:
		if c.Becomes.Kind == page.Unwritten || c.Becomes.Kind > page.Free || len(c.Becomes.Body) > page.BodyRoom(len(p)) || !page.Fits(len(p), c.Becomes.Cells) {
			return "its new contents do not fit"
		}
		return ""
	case p.Kind() == page.Unwritten:
		return "the page was never written, or is behind the end of the file"
	case c.Op == Splice:
		if c.Slot+c.Removed > p.Count() {
			return fmt.Sprintf("it replaces slots %d to %d of %d", c.Slot, c.Slot+c.Removed, p.Count())
		}
		room := p.Room()
		for _, cell := range p.Cells(c.Slot, c.Slot+c.Removed) {
			room += page.CellSize(cell)
		}
		for _, cell := range c.After {
			room -= page.CellSize(cell)
		}
		if room < 0 {
			return "there is no room for its cells"
		}
	case c.Op == Patch && (c.Offset < page.LinkOffset || c.Offset+len(c.New) > len(p)):
		return "it patches bytes outside the page"
	}
	return ""
}
