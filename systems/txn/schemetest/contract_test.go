package schemetest_test

import (
	"errors"
	"testing"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
)

func all() []scheme.Scheme {
	list := []scheme.Scheme{lock.NewTwoPhase(memory.New(), lock.Options{Global: true})}
	for _, c := range schemes.All() {
		list = append(list, c.New(memory.New()))
	}
	return list
}

func TestWhoPromisedToReadOnlyCannotWrite(t *testing.T) {
	for _, s := range all() {
		tx := s.Begin(scheme.Options{ReadOnly: true})
		if err := tx.Put([]byte("k"), nil); !errors.Is(err, scheme.ErrReadOnly) {
			t.Errorf("%s: put: %v", s.Name(), err)
		}
		if err := tx.Abort(); err != nil {
			t.Errorf("%s: abort: %v", s.Name(), err)
		}
	}
}

func TestNothingIsDoneAfterTheEnd(t *testing.T) {
	for _, s := range all() {
		tx := s.Begin(scheme.Options{})
		if err := tx.Put([]byte("k"), []byte("v")); err != nil {
			t.Errorf("%s: put: %v", s.Name(), err)
		}
		if err := tx.Commit(); err != nil {
			t.Errorf("%s: commit: %v", s.Name(), err)
		}
		if _, _, err := tx.Get([]byte("k")); !errors.Is(err, scheme.ErrEnded) {
			t.Errorf("%s: get: %v", s.Name(), err)
		}
		if _, _, _, err := tx.Scan(scheme.Range{}).Next(); !errors.Is(err, scheme.ErrEnded) {
			t.Errorf("%s: scan: %v", s.Name(), err)
		}
		if err := tx.Delete([]byte("k")); !errors.Is(err, scheme.ErrEnded) {
			t.Errorf("%s: delete: %v", s.Name(), err)
		}
	}
}

// A transaction sees its own writes, in order, whichever way it walks.
func TestAScanShowsOwnWrites(t *testing.T) {
	for _, s := range all() {
		before := s.Begin(scheme.Options{})
		for _, k := range []string{"a", "c", "e"} {
			if err := before.Put([]byte(k), []byte("old")); err != nil {
				t.Fatal(err)
			}
		}
		if err := before.Commit(); err != nil {
			t.Fatal(err)
		}
		tx := s.Begin(scheme.Options{})
		for _, err := range []error{
			tx.Put([]byte("b"), []byte("new")), tx.Put([]byte("c"), []byte("new")), tx.Delete([]byte("e")), tx.Put([]byte("f"), []byte("new")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for reverse, want := range map[bool]string{false: "a:old b:new c:new f:new ", true: "f:new c:new b:new a:old "} {
			if got := walk(t, tx.Scan(scheme.Range{Reverse: reverse})); got != want {
				t.Errorf("%s, reverse %v: %q, want %q", s.Name(), reverse, got, want)
			}
		}
		if err := tx.Abort(); err != nil {
			t.Fatal(err)
		}
		if got := walk(t, s.Begin(scheme.Options{}).Scan(scheme.Range{})); got != "a:old c:old e:old " {
			t.Errorf("%s: after the abort %q", s.Name(), got)
		}
	}
}

func walk(t *testing.T, c scheme.Cursor) (all string) {
	t.Helper()
	for {
		k, v, found, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return all
		}
		all += string(k) + ":" + string(v) + " "
	}
}

// What is undone to a savepoint stays locked: the program knows what it read.
func TestASavepointKeepsLocks(t *testing.T) {
	store := memory.New()
	s := lock.NewTwoPhase(store, lock.Options{Policy: lock.NoWait})
	tx := s.Begin(scheme.Options{}).(*lock.Txn)
	p, err := tx.Savepoint()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Put([]byte("k"), []byte("v")), tx.RollbackTo(p)); err != nil {
		t.Fatal(err)
	}
	if _, found, err := tx.Get([]byte("k")); found || err != nil {
		t.Fatalf("found %v, %v", found, err)
	}
	var abort *scheme.Abort
	if _, _, err := s.Begin(scheme.Options{}).Get([]byte("k")); !errors.As(err, &abort) {
		t.Fatalf("another reads: %v", err)
	}
}

// Two who read for update wait; two who read and then write deadlock.
func TestReadingForUpdateAvoidsADeadlock(t *testing.T) {
	s := lock.NewTwoPhase(memory.New(), lock.Options{})
	first, second := s.Begin(scheme.Options{}).(*lock.Txn), s.Begin(scheme.Options{}).(*lock.Txn)
	if _, _, err := first.GetForUpdate([]byte("k")); err != nil {
		t.Fatal(err)
	}
	_, _, err := second.GetForUpdate([]byte("k"))
	wait, waits := scheme.Waiting(err)
	if !waits {
		t.Fatalf("the second does not wait: %v", err)
	}
	if err := errors.Join(first.Put([]byte("k"), []byte("v")), first.Commit()); err != nil {
		t.Fatal(err)
	}
	if v, _, err := second.GetForUpdate([]byte("k")); !wait.Fired() || string(v) != "v" || err != nil {
		t.Fatalf("the second: fired %v, %q, %v", wait.Fired(), v, err)
	}
}

// A scan that finds nothing locks all the same where there is one lock for all.
func TestOneLockForAllKnowsNoPhantoms(t *testing.T) {
	s := lock.NewTwoPhase(memory.New(), lock.Options{Policy: lock.NoWait, Global: true, Phantoms: true})
	if got := walk(t, s.Begin(scheme.Options{}).Scan(scheme.Range{})); got != "" {
		t.Fatal(got)
	}
	var abort *scheme.Abort
	if err := s.Begin(scheme.Options{}).Put([]byte("k"), nil); !errors.As(err, &abort) {
		t.Fatalf("another writes: %v", err)
	}
}

// Nobody is told that he has committed before what he has read is durable, whether he
// wrote, did not, or had promised not to (S2).
func TestNobodyIsToldBeforeWhatHeReadIsDurable(t *testing.T) {
	for _, c := range schemes.All() {
		for _, reader := range []bool{false, true} {
			var flush []func()
			store := memory.New()
			store.Durable = func(done func()) { flush = append(flush, done) }
			s := c.New(store)
			writer := s.Begin(scheme.Options{})
			if err := writer.Put([]byte("k"), []byte("v")); err != nil {
				t.Fatal(err)
			}
			if _, waits := scheme.Waiting(writer.Commit()); !waits {
				t.Fatalf("%s: a commit is answered, and it is not durable", c.Name)
			}
			tx := s.Begin(scheme.Options{ReadOnly: reader})
			_, found, err := tx.Get([]byte("k"))
			if err != nil {
				t.Errorf("%s: get: %v", c.Name, err)
			}
			if _, waits := scheme.Waiting(tx.Commit()); waits != found {
				t.Errorf("%s, reads only %v: it found what is not durable: %v; its commit waits: %v", c.Name, reader, found, waits)
			}
			for _, done := range flush {
				done()
			}
			if err := errors.Join(writer.Commit(), retry(tx)); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	}
}

// retry commits what has not ended.
func retry(tx scheme.Txn) error {
	if err := tx.Commit(); !errors.Is(err, scheme.ErrEnded) {
		return err
	}
	return nil
}
