package snapshot_test

import (
	"errors"
	"testing"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// forgetful is a store that gives its snapshots up.
type forgetful struct{ *memory.Store }

func (f forgetful) Newest() (scheme.Snapshot, error) {
	s, err := f.Store.Newest()
	return gone{s}, err
}

type gone struct{ scheme.Snapshot }

func (gone) Get([]byte) (value []byte, found bool, err error) { return nil, false, scheme.ErrTooOld }

// Who loses the snapshot is aborted, and may begin anew.
func TestALostSnapshotIsAnAbort(t *testing.T) {
	tx := snapshot.New(forgetful{memory.New()}).Begin(scheme.Options{})
	var abort *scheme.Abort
	if _, _, err := tx.Get([]byte("k")); !errors.As(err, &abort) {
		t.Errorf("get: %v", err)
	}
	if err := tx.Commit(); !errors.As(err, &abort) {
		t.Errorf("commit: %v", err)
	}
	if err := tx.Abort(); err != nil {
		t.Error(err)
	}
}

// Who waits for the turn and gives up is passed over.
func TestTheTurnPassesOver(t *testing.T) {
	store := memory.New()
	stall := new(scheme.Ticket)
	store.Stall = func() *scheme.Ticket {
		if stall.Fired() {
			return nil
		}
		return stall
	}
	s := snapshot.New(store)
	txns := make([]scheme.Txn, 3)
	for i := range txns {
		txns[i] = s.Begin(scheme.Options{})
		if err := txns[i].Put([]byte{byte(i)}, nil); err != nil {
			t.Fatal(err)
		}
		if _, waits := scheme.Waiting(txns[i].Commit()); !waits {
			t.Fatalf("transaction %d does not wait", i)
		}
	}
	if err := txns[1].Abort(); err != nil {
		t.Fatal(err)
	}
	stall.Fire()
	if err := errors.Join(txns[0].Commit(), txns[2].Commit()); err != nil {
		t.Error(err)
	}
	if n := len(store.All()); n != 2 {
		t.Errorf("%d keys are there", n)
	}
}
