package engine_test

import (
	"encoding/binary"
	"testing"
)

// logRecord is a record of the engine's stream.
type logRecord struct {
	lsn, txn, prev, undoNext uint64
	kind, undo               byte
	changes                  []pageChange
}

// The kinds of records that a recovery asks for.
const (
	update, compensation, commit, end = 1, 2, 3, 5
	tables, freed                     = 7, 8
)

// pageChange is what a record does to a page.
type pageChange struct {
	page            uint32
	what            byte // 1 format, 2 splice, 3 patch
	slot, removed   int
	cells, before   [][]byte
	offset          int
	bytes, old      []byte
	becomes, former pageImage
}

// pageImage is the contents of a page.
type pageImage struct {
	kind, level byte
	link        uint32
	body        []byte
	cells       [][]byte
}

// recordBytes reads a record from its beginning.
type recordBytes struct {
	t *testing.T
	b []byte
}

func (r *recordBytes) byte() byte {
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *recordBytes) varint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.t.Fatal("a varint")
	}
	r.b = r.b[n:]
	return v
}

func (r *recordBytes) bytes() []byte {
	n := r.varint()
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *recordBytes) cells() (cells [][]byte) {
	for range r.varint() {
		cells = append(cells, r.bytes())
	}
	return cells
}

func (r *recordBytes) image() pageImage {
	return pageImage{r.byte(), r.byte(), uint32(r.varint()), r.bytes(), r.cells()}
}

func parseRecord(t *testing.T, lsn uint64, b []byte) logRecord {
	t.Helper()
	r := recordBytes{t, b}
	x := logRecord{lsn: lsn, kind: r.byte(), undo: r.byte()}
	x.txn, x.prev = r.varint(), r.varint()
	switch x.kind {
	case compensation:
		x.undoNext = r.varint()
	case commit:
		for range r.varint() {
			r.varint()
		}
	case freed:
		r.varint()
		r.varint()
	case tables:
		r.tables(lsn)
	}
	for len(r.b) > 0 {
		if x.kind != update && x.kind != compensation && x.kind != freed {
			t.Fatalf("record %d of kind %d has %d bytes more", lsn, x.kind, len(r.b))
		}
		x.changes = append(x.changes, r.change())
	}
	return x
}

// tables reads an end-checkpoint to its end.
func (r *recordBytes) tables(lsn uint64) {
	if begin := r.varint(); begin >= lsn {
		r.t.Fatalf("the checkpoint that ends with %d begins with %d", lsn, begin)
	}
	r.varint()
	for range r.varint() {
		if state := r.byte(); state > 2 {
			r.t.Fatalf("a transaction's state is %d", state)
		}
		for range 4 {
			r.varint()
		}
	}
	for range 2 * r.varint() {
		r.varint()
	}
}

func (r *recordBytes) change() pageChange {
	what := r.byte()
	c := pageChange{what: what &^ 0x80, page: uint32(r.varint())}
	before := what&0x80 != 0
	switch c.what {
	case 1:
		c.becomes = r.image()
		if before {
			c.former = r.image()
		}
	case 2:
		c.slot, c.removed, c.cells = int(r.varint()), int(r.varint()), r.cells()
		if before {
			c.before = r.cells()
		}
	case 3:
		c.offset, c.bytes = int(r.varint()), r.bytes()
		if before {
			c.old = r.bytes()
		}
	default:
		r.t.Fatalf("a change of kind %d", c.what)
	}
	return c
}
