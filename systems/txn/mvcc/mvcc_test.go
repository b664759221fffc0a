package mvcc_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Once all have ended nothing is kept, whoever began and ended when (M5).
func TestNothingIsKeptForNobody(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := mvcc.New(memory.New(), mvcc.Options{})
	var open []scheme.Txn
	for range 3000 {
		if len(open) < 5 && r.IntN(3) == 0 {
			open = append(open, s.Begin(scheme.Options{}))
			continue
		}
		if len(open) == 0 {
			continue
		}
		i := r.IntN(len(open))
		tx, key := open[i], fmt.Append(nil, "k", r.IntN(6))
		var err error
		switch r.IntN(5) {
		case 0:
			err = tx.Put(key, key)
		case 1:
			err = tx.Delete(key)
		case 2:
			_, _, _, err = tx.Scan(scheme.Range{}).Next()
		case 3:
			_, _, err = tx.Get(key)
		case 4:
			if err = tx.Commit(); err == nil {
				open = append(open[:i:i], open[i+1:]...)
			}
		}
		var abort *scheme.Abort
		if _, waits := scheme.Waiting(err); waits || errors.As(err, &abort) {
			must(t, tx.Abort())
			open = append(open[:i:i], open[i+1:]...)
		}
	}
	for _, tx := range open {
		must(t, tx.Abort())
	}
	if n := s.Memory(); n != 0 {
		t.Errorf("%d bytes are kept", n)
	}
	if s.Stats().TooLate == 0 || s.Stats().Waited == 0 {
		t.Errorf("%+v: the run has shown little", s.Stats())
	}
}

// Who keeps too many versions alive is aborted, and what only it could read is dropped.
func TestTheOldestIsAbortedForWantOfMemory(t *testing.T) {
	s := mvcc.New(memory.New(), mvcc.Options{Memory: 4000})
	old := s.Begin(scheme.Options{ReadOnly: true})
	_, _, err := old.Get([]byte("k0"))
	must(t, err)
	for i := range 100 {
		tx := s.Begin(scheme.Options{})
		must(t, tx.Put(fmt.Append(nil, "k", i%3), make([]byte, 100)))
		must(t, tx.Commit())
		if s.Memory() > 4500 {
			t.Fatalf("versions take %d bytes", s.Memory())
		}
	}
	var abort *scheme.Abort
	if _, _, err := old.Get([]byte("k1")); !errors.As(err, &abort) || s.Stats().Crowded != 1 {
		t.Errorf("the oldest reads on: %v, %+v", err, s.Stats())
	}
	must(t, old.Abort())
	if s.Memory() != 0 {
		t.Errorf("%d bytes are kept", s.Memory())
	}
}

// A version that is committed behind a newer one does not reach the store.
func TestTheStoreHoldsTheNewest(t *testing.T) {
	store := memory.New()
	s := mvcc.New(store, mvcc.Options{})
	older, newer := s.Begin(scheme.Options{}), s.Begin(scheme.Options{})
	must(t, newer.Put([]byte("k"), []byte("newer")))
	must(t, newer.Commit())
	must(t, older.Put([]byte("k"), []byte("older")))
	must(t, older.Commit())
	if got := store.All()["k"]; got != "newer" || s.Stats().Overtaken != 1 {
		t.Errorf("the store holds %q", got)
	}
}

// Who scans a newer version has not read the older one: a write between the two is not
// too late for it.
func TestAScanOfANewerVersionDoesNotHinderAnOlderWrite(t *testing.T) {
	s := mvcc.New(memory.New(), mvcc.Options{})
	older, newer := s.Begin(scheme.Options{}), s.Begin(scheme.Options{})
	must(t, newer.Put([]byte("k"), []byte("newer")))
	must(t, newer.Commit())
	reader := s.Begin(scheme.Options{})
	if _, v, found, err := reader.Scan(scheme.Range{}).Next(); err != nil || !found || string(v) != "newer" {
		t.Fatalf("the scan shows %q, %v", v, err)
	}
	must(t, older.Put([]byte("k"), []byte("older")))
	must(t, older.Commit())
	must(t, reader.Commit())
}
