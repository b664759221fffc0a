package engine_test

import (
	"encoding/binary"
	"slices"
	"testing"
)

// pageSet is the data file, page by page.
type pageSet map[uint32]*filePage

// filePage is a page.
type filePage struct {
	pageImage
	lsn    uint64
	damage string // why it cannot be read, or ""
}

func readPages(t *testing.T, data []byte, size int) pageSet {
	t.Helper()
	s := pageSet{}
	for id := 0; id*size < len(data); id++ {
		page := make([]byte, size)
		copy(page, data[id*size:])
		s[uint32(id)] = readPage(page, uint32(id))
	}
	return s
}

func readPage(b []byte, id uint32) *filePage {
	p := &filePage{lsn: le64(b[8:])}
	p.kind, p.level, p.link = b[4], b[5], le32(b[20:])
	switch {
	case p.kind == 0:
		return p
	case sum(0, b[4:]) != le32(b):
		p.damage = "its checksum"
		return p
	case le32(b[16:]) != id:
		p.damage = "its number"
		return p
	}
	if p.kind == 1 || p.kind == 4 {
		p.body = slices.Clone(b[32:][:le32(b[28:])])
	}
	used := 0
	for i := range le16(b[6:]) {
		slot := b[32+8*i:]
		at, n := le16(slot), le16(slot[2:])
		cell := slices.Clone(b[at : at+n])
		key, _, _ := splitCell(cell)
		head := make([]byte, 4)
		copy(head, key)
		if at < le16(b[24:]) || binary.BigEndian.Uint32(head) != le32(slot[4:]) {
			p.damage = "a slot"
		}
		p.cells = append(p.cells, cell)
		used += n
	}
	if len(p.cells) > 0 && used+le16(b[26:]) != len(b)-le16(b[24:]) {
		p.damage = "the bytes that belong to no cell"
	}
	return p
}

// splitCell takes a cell apart; long tells of a leaf's that its value is elsewhere.
func splitCell(cell []byte) (key, rest []byte, long bool) {
	n := le16(cell) &^ 0x8000
	return cell[2 : 2+n], cell[2+n:], le16(cell)&0x8000 != 0
}

// mend writes pages again that are damaged, from the double-write file.
func (s pageSet) mend(t *testing.T, b []byte, size int) {
	t.Helper()
	if len(b) < 24 || string(b[:8]) != "PARLEYDW" {
		return
	}
	n := int(le32(b[12:]))
	if 24+4*n > len(b) || sum(0, b[12:24+4*n]) != le32(b[8:]) || 4096+n*size > len(b) {
		return
	}
	copies := map[uint32]*filePage{}
	for i := range n {
		id := le32(b[24+4*i:])
		if copies[id] = readPage(b[4096+i*size:][:size], id); copies[id].damage != "" {
			return
		}
	}
	for id, p := range copies {
		if old := s[id]; old == nil || old.kind == 0 || old.damage != "" {
			s[id] = p
		}
	}
}

// redo applies every record to the pages that lack it.
func (s pageSet) redo(t *testing.T, records []logRecord) {
	t.Helper()
	for _, r := range records {
		for _, c := range r.changes {
			p := s[c.page]
			if p == nil {
				p = &filePage{}
				s[c.page] = p
			}
			if p.lsn < r.lsn {
				p.apply(c)
				p.lsn = r.lsn
			}
		}
	}
}

func (p *filePage) apply(c pageChange) {
	switch {
	case c.what == 1:
		p.pageImage = c.becomes
		p.body, p.cells, p.damage = slices.Clone(c.becomes.body), slices.Clone(c.becomes.cells), ""
	case c.what == 2:
		p.cells = slices.Replace(p.cells, c.slot, c.slot+c.removed, c.cells...)
	case c.offset == 20:
		p.link = le32(c.bytes)
	default:
		copy(p.body[c.offset-32:], c.bytes)
	}
}

// entries walks over the tree, takes back what losers did to keys, and sees to it that
// every page has one place.
func (s pageSet) entries(t *testing.T, losers []logRecord) map[string]string {
	t.Helper()
	cells, seen := map[string][]byte{}, map[uint32]int{0: 1}
	s.node(t, 1, nil, cells, seen)
	undoKeys(losers, cells)
	all := map[string]string{}
	for key, cell := range cells {
		_, rest, long := splitCell(cell)
		if all[key] = string(rest); long {
			all[key] = s.value(t, rest, seen)
		}
	}
	free, count := le32(s[0].body), le32(s[0].body[4:])
	for id := free; id != 0; id = s[id].link {
		if seen[id]++; s[id].kind != 5 || seen[id] > 1 {
			t.Fatalf("page %d on the list of free ones is of kind %d", id, s[id].kind)
		}
	}
	for id := range count {
		if seen[id] != 1 {
			t.Fatalf("page %d has %d places", id, seen[id])
		}
	}
	return all
}

// node walks over a node whose keys are not less than least, and collects the cells of
// keys.
func (s pageSet) node(t *testing.T, id uint32, least []byte, all map[string][]byte, seen map[uint32]int) {
	t.Helper()
	p := s[id]
	if seen[id]++; p.damage != "" || (p.kind == 2) != (p.level == 0) || p.kind != 2 && p.kind != 3 {
		t.Fatalf("page %d is %+v, and should be a node", id, p)
	}
	if p.kind == 3 {
		s.node(t, p.link, least, all, seen)
	}
	for _, cell := range p.cells {
		key, rest, _ := splitCell(cell)
		switch {
		case string(key) < string(least):
			t.Fatalf("page %d has %q, which is less than %q", id, key, least)
		case p.kind == 3:
			s.node(t, le32(rest), key, all, seen)
		default:
			all[string(key)] = cell
		}
		least = key
	}
}

// value reads a long one.
func (s pageSet) value(t *testing.T, rest []byte, seen map[uint32]int) string {
	t.Helper()
	var v []byte
	for id := le32(rest[4:]); id != 0; id = s[id].link {
		if seen[id]++; s[id].kind != 4 {
			t.Fatalf("page %d is of kind %d in a long value", id, s[id].kind)
		}
		v = append(v, s[id].body...)
	}
	if len(v) != int(le32(rest)) {
		t.Fatalf("a long value of %d bytes should have %d", len(v), le32(rest))
	}
	return string(v)
}
