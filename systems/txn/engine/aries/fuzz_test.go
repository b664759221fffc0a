package aries

import (
	"bytes"
	"testing"

	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// samples are records of every kind.
func samples() []Record {
	cell := page.LeafCell(nil, []byte("k"), []byte("v"))
	return []Record{
		{Kind: Update, Txn: 7, Prev: 300, Undo: OnKey, Changes: []Change{{Page: 3, Op: Splice, Slot: 2, Removed: 1, Before: [][]byte{cell}, After: [][]byte{cell}}}},
		{Kind: Update, Txn: 7, Undo: OnPage, Changes: []Change{
			{Page: 9, Op: Format, Becomes: page.Image{Kind: page.Inner, Level: 1, Link: 4}, Was: page.Image{Kind: page.Free, Link: 8}},
			{Page: 0, Op: Patch, Offset: MetaFree, Old: []byte{1, 0, 0, 0}, New: []byte{2, 0, 0, 0}},
		}},
		{Kind: Compensation, Txn: 7, Prev: 301, UndoNext: 12},
		{Kind: Commit, Txn: 8, Prev: 3, Frees: []page.ID{5, 6}},
		{Kind: Freed, Txn: 8, Prev: 4, Chain: 1, Rest: 77},
		{Kind: Abort, Txn: 9}, {Kind: End, Txn: 9}, {Kind: Begin},
		{Kind: Tables, Tables: &Checkpoint{Begin: 5, NextID: 10, Txns: []Txn{{ID: 1, First: 2, Last: 3, UndoNext: 3}}, Dirty: []pool.Dirty{{Page: 1, RecLSN: 2}}}},
	}
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	for _, r := range samples() {
		b := r.append(nil)
		back, err := Parse(1, b)
		if err != nil {
			t.Fatalf("%v: %v", &r, err)
		}
		if again := back.append(nil); !bytes.Equal(again, b) {
			t.Errorf("%v: %x becomes %x", &r, b, again)
		}
		for cut := range len(b) {
			if short, err := Parse(1, b[:cut]); err == nil && bytes.Equal(short.append(nil), b) {
				t.Errorf("%v: cut at %d, it is still whole", &r, cut)
			}
		}
	}
}

// Whatever the log holds, it is parsed or refused, and never redone where it does
// not fit.
func FuzzParse(f *testing.F) {
	for _, r := range samples() {
		f.Add(r.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(1, b)
		if err != nil {
			return
		}
		_ = r.String()
		for i := range r.Changes {
			p := make(page.Page, 512)
			p.Format(r.Changes[i].Page, page.Image{Kind: page.Leaf, Cells: [][]byte{page.LeafCell(nil, []byte("k"), nil)}})
			if r.Changes[i].fits(p) == "" {
				r.Changes[i].apply(p)
			}
		}
	})
}

func FuzzMaster(f *testing.F) {
	f.Add((&Master{PageSize: 8192, Checkpoint: 9, seq: 3}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decodeMaster(b); err == nil && !page.ValidSize(m.PageSize) {
			t.Fatal(m)
		}
	})
}
