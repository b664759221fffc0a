package page

import "encoding/binary"

// Image is all that a page says, without its LSN and without garbage.
type Image struct {
	Kind  Kind
	Level uint8
	Link  ID
	Body  []byte   // of meta and overflow pages
	Cells [][]byte // of leaves and inner pages
}

// Image returns the contents of the page, as slices of it.
func (p Page) Image() Image {
	m := Image{Kind: p.Kind(), Level: uint8(p.Level()), Link: p.Link()}
	switch m.Kind {
	case Meta, Overflow:
		m.Body = p.Body()
	case Leaf, Inner:
		m.Cells = p.Cells(0, p.Count())
	}
	return m
}

// Cells returns the cells of slots from up to before to, as slices of the page.
func (p Page) Cells(from, to int) [][]byte {
	cells := make([][]byte, 0, to-from)
	for i := from; i < to; i++ {
		cells = append(cells, p.Cell(i))
	}
	return cells
}

// Format makes p the page id with the contents of an image, whose slices may be
// its own. The LSN becomes 0.
func (p Page) Format(id ID, m Image) {
	if len(p) <= usualSize { // to clear less
		var space [usualSize]byte
		p.format(space[:len(p)], id, m)
		return
	}
	var space [MaxSize]byte
	p.format(space[:len(p)], id, m)
}

// format makes up the page in q, which is clear.
func (p Page) format(q Page, id ID, m Image) {
	q[4], q[5] = byte(m.Kind), m.Level
	binary.LittleEndian.PutUint32(q[16:], uint32(id))
	binary.LittleEndian.PutUint32(q[20:], uint32(m.Link))
	q.setHeap(len(p))
	if m.Body != nil {
		binary.LittleEndian.PutUint32(q[28:], uint32(len(m.Body)))
		copy(q[headerSize:], m.Body)
	}
	q.insert(0, m.Cells)
	copy(p, q)
}

// Fits tells whether cells with their slots fit into an empty page of that size.
func Fits(size int, cells [][]byte) bool {
	n := headerSize
	for _, c := range cells {
		n += CellSize(c)
	}
	return n <= size
}
