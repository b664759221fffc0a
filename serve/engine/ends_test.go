package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/schemes"
)

// A transaction that is over is not used again by what it has handed out: a View would
// keep what its keys were for ever.
func TestCursorsAndWalksEndWithTheirTransaction(t *testing.T) {
	for _, writable := range []bool{false, true} {
		db := open(t, t.TempDir(), nil)
		put(t, db, "a", "1")
		tx, err := db.Begin(writable)
		must(t, err)
		c := tx.Cursor()
		_, _, err = c.First()
		must(t, err)
		must(t, tx.Rollback())
		if _, _, err := c.First(); !errors.Is(err, engine.ErrEnded) {
			t.Errorf("a cursor, writable %v: %v", writable, err)
		}
		for range tx.Ascend(nil, nil) {
			t.Error("a walk goes on")
		}
		if err := tx.Err(); !errors.Is(err, engine.ErrEnded) {
			t.Errorf("a walk, writable %v: %v", writable, err)
		}
	}
}

// Who begins a write transaction within another, and touches what that has, is told so
// under every scheme, or one of the two gives way; nobody waits for ever.
func TestNestedWriteTransactionsEndUnderEveryScheme(t *testing.T) {
	for _, c := range schemes.All() {
		t.Run(c.Name, func(t *testing.T) {
			db := open(t, t.TempDir(), &engine.Options{Scheme: c.New, Busy: 20 * time.Millisecond})
			put(t, db, "k", "0")
			var inner error
			outer := db.Update(func(tx *engine.Tx) error {
				if _, _, err := tx.Get([]byte("k")); err != nil {
					return err
				}
				if err := tx.Put([]byte("k"), []byte("outer")); err != nil {
					return err
				}
				inner = db.Update(func(tx *engine.Tx) error { return tx.Put([]byte("k"), []byte("inner")) })
				return nil
			})
			for _, err := range []error{inner, outer} {
				var abort *engine.Abort
				if err != nil && !errors.Is(err, engine.ErrBusy) && !errors.As(err, &abort) {
					t.Errorf("the error is %v", err)
				}
			}
			want := map[string]bool{"outer": outer == nil, "inner": inner == nil}
			if got := get(t, db, "k"); !want[got] {
				t.Errorf("%q is there; inner: %v, outer: %v", got, inner, outer)
			}
		})
	}
}

// A transaction that has given up waiting goes on with nothing but its rollback.
func TestWhoGaveUpWaitingRollsBack(t *testing.T) {
	locking, err := schemes.Find("2pl")
	must(t, err)
	db := open(t, t.TempDir(), &engine.Options{Scheme: locking.New, Busy: 20 * time.Millisecond})
	first, err := db.Begin(true)
	must(t, err)
	must(t, first.Put([]byte("a"), []byte("first")))
	second, err := db.Begin(true)
	must(t, err)
	must(t, second.Put([]byte("b"), []byte("second")))
	for _, err := range []error{
		second.Put([]byte("a"), []byte("second")), second.Put([]byte("c"), nil), second.Commit(),
	} {
		if !errors.Is(err, engine.ErrBusy) {
			t.Errorf("the error is %v", err)
		}
	}
	must(t, first.Put([]byte("b"), []byte("first")))
	must(t, first.Commit())
	if a, b := get(t, db, "a"), get(t, db, "b"); a != "first" || b != "first" {
		t.Errorf("%q and %q", a, b)
	}
}

// Commit within Update would leave Update with nothing to say about it.
func TestUpdateCommitsByItself(t *testing.T) {
	db := open(t, t.TempDir(), nil)
	err := db.Update(func(tx *engine.Tx) error {
		must(t, tx.Put([]byte("a"), []byte("1")))
		return tx.Commit()
	})
	if !errors.Is(err, engine.ErrManaged) || get(t, db, "a") != "" {
		t.Fatalf("%v, and a is %q", err, get(t, db, "a"))
	}
	err = db.Update(func(tx *engine.Tx) error {
		must(t, tx.Put([]byte("a"), []byte("1")))
		return tx.Rollback()
	})
	if !errors.Is(err, engine.ErrEnded) || get(t, db, "a") != "" {
		t.Fatalf("%v, and a is %q", err, get(t, db, "a"))
	}
}

// Who does not ask how a walk ended hears of it at the end: a transaction that has not
// seen all does not commit.
func TestTheErrorOfAWalkIsNotLost(t *testing.T) {
	locking, err := schemes.Find("2pl")
	must(t, err)
	db := open(t, t.TempDir(), &engine.Options{Scheme: locking.New, Busy: 20 * time.Millisecond})
	put(t, db, "a", "1")
	holder, err := db.Begin(true)
	must(t, err)
	must(t, holder.Put([]byte("a"), []byte("2")))
	walk := func(ask bool) error {
		return db.Update(func(tx *engine.Tx) error {
			for range tx.Ascend(nil, nil) {
			}
			if ask && tx.Err() == nil {
				t.Error("the walk has seen what is locked")
			}
			return nil
		})
	}
	for _, ask := range []bool{false, true} {
		if err := walk(ask); !errors.Is(err, engine.ErrBusy) {
			t.Errorf("asked %v: %v", ask, err)
		}
	}
	must(t, holder.Rollback())
}

// A prefix is a range, whatever its last bytes are.
func TestPrefixesAreRanges(t *testing.T) {
	db := open(t, t.TempDir(), nil)
	keys := []string{"a", "ab", "ab\xff", "ab\xff\xff", "ac", "\xff", "\xff\xff", "\xff\xffa"}
	must(t, db.Update(func(tx *engine.Tx) error {
		for _, k := range keys {
			if err := tx.Put([]byte(k), nil); err != nil {
				return err
			}
		}
		return nil
	}))
	for prefix, want := range map[string]int{"": 8, "a": 5, "ab": 3, "ab\xff": 2, "\xff": 3, "\xff\xff": 2, "b": 0} {
		must(t, db.View(func(tx *engine.Tx) error {
			n := 0
			for key := range tx.Prefix([]byte(prefix)) {
				if n++; string(key[:len(prefix)]) != prefix {
					return fmt.Errorf("%q does not begin with %q", key, prefix)
				}
			}
			if n != want {
				t.Errorf("%d keys begin with %q, not %d", n, prefix, want)
			}
			return tx.Err()
		}))
	}
}
