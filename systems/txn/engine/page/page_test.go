package page_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// A page is a sorted list of cells, whatever was put in and taken out before.
func TestPageIsAListOfCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{512, 1024, 4096}).Draw(t, "size")
		p := make(page.Page, size)
		p.Format(7, page.Image{Kind: page.Leaf})
		var model [][]byte
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := []byte(fmt.Sprintf("%03d", rapid.IntRange(0, 40).Draw(t, "key")))
			cell := page.LeafCell(nil, key, bytes.Repeat([]byte("v"), rapid.IntRange(0, 90).Draw(t, "length")))
			slot, found := p.Search(key)
			count, cells := 0, [][]byte{cell}
			if found {
				count = 1
			}
			if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				cells = nil
			}
			freed := 0
			if found {
				freed = page.CellSize(p.Cell(slot))
			}
			if len(cells) > 0 && p.Room()+freed < page.CellSize(cell) {
				continue
			}
			p.Splice(slot, count, cells)
			model = slices.Replace(model, slot, slot+count, cells...)
			p.Seal()
			if damage := p.Check(7); damage != "" {
				t.Fatal(damage)
			}
			if got := p.Image().Cells; !slices.EqualFunc(got, model, bytes.Equal) {
				t.Fatalf("cells %q, want %q", got, model)
			}
		}
		q := make(page.Page, size)
		q.Format(7, p.Image())
		if q.Room() != p.Room() {
			t.Fatalf("room %d becomes %d by compaction", p.Room(), q.Room())
		}
	})
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	p := make(page.Page, 512)
	p.Format(3, page.Image{Kind: page.Leaf, Cells: [][]byte{page.LeafCell(nil, []byte("k"), []byte("v"))}})
	p.Seal()
	for bit := range len(p) * 8 {
		p[bit/8] ^= 1 << (bit % 8)
		if p.Check(3) == "" {
			t.Fatalf("bit %d", bit)
		}
		p[bit/8] ^= 1 << (bit % 8)
	}
	if p.Check(4) == "" {
		t.Error("page 3 passes for page 4")
	}
}

// What has a good checksum and makes no sense must be refused, not crash.
func FuzzCheck(f *testing.F) {
	p := make(page.Page, 512)
	p.Format(1, page.Image{Kind: page.Inner, Link: 9, Level: 1, Cells: [][]byte{page.InnerCell(nil, []byte("m"), 5)}})
	f.Add([]byte(p))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := make(page.Page, 512)
		copy(p, data)
		p.Seal()
		if p.Check(p.ID()) != "" {
			return
		}
		m := p.Image()
		q := make(page.Page, 512)
		q.Format(p.ID(), m)
		p.Search([]byte("k"))
	})
}
