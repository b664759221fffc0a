package occ

import (
	"testing"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// nowhere is a store that holds nothing, and where nothing can be changed.
type nowhere struct{ ids scheme.ID }

func (n *nowhere) Get([]byte) (value []byte, found bool, err error) { return nil, false, nil }
func (n *nowhere) Seek(scheme.Range) (key, value []byte, found bool, err error) {
	return nil, nil, false, nil
}
func (n *nowhere) Begin() scheme.Unit                 { return &nothing{id: n.NewID()} }
func (n *nowhere) Snapshot() (scheme.Snapshot, error) { return nil, scheme.ErrTooOld }
func (n *nowhere) Newest() (scheme.Snapshot, error)   { return nil, scheme.ErrTooOld }
func (n *nowhere) Force() *scheme.Ticket              { return nil }
func (n *nowhere) Check(_, _ []byte) error            { return nil }
func (n *nowhere) NewID() scheme.ID                   { n.ids++; return n.ids }

type nothing struct{ id scheme.ID }

func (n *nothing) ID() scheme.ID                     { return n.id }
func (n *nothing) Put(_, _ []byte) error             { return nil }
func (n *nothing) Delete([]byte) error               { return nil }
func (n *nothing) Savepoint() scheme.Savepoint       { return 0 }
func (n *nothing) RollbackTo(scheme.Savepoint) error { return nil }
func (n *nothing) Commit() error                     { return nil }
func (n *nothing) Rollback() error                   { return nil }

// Write sets are kept as long as somebody may need them, and no more than
// allowed; who would need one that is gone is aborted (V3).
func TestWriteSetsAreBounded(t *testing.T) {
	s := New(new(nowhere), Options{Kept: 3})
	old := s.Begin(scheme.Options{})
	if _, _, err := old.Get([]byte("other")); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		tx := s.Begin(scheme.Options{})
		if err := tx.Put([]byte("k"), nil); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if want := min(i+1, 3); len(s.ended) != want {
			t.Fatalf("after %d commits %d write sets are kept, want %d", i+1, len(s.ended), want)
		}
	}
	if err := old.Commit(); err == nil || s.Stats().TooOld != 1 {
		t.Fatalf("the oldest commits: %v", err)
	}
	if err := old.Abort(); err != nil {
		t.Fatal(err)
	}
	if len(s.ended) > 0 {
		t.Fatalf("%d write sets are kept for nobody", len(s.ended))
	}
}
