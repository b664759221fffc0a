package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/engine"
)

func open(t testing.TB, dir string, o *engine.Options) *engine.DB {
	t.Helper()
	db, err := engine.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, db *engine.DB, key, value string) {
	t.Helper()
	must(t, db.Update(func(tx *engine.Tx) error { return tx.Put([]byte(key), []byte(value)) }))
}

func get(t testing.TB, db *engine.DB, key string) string {
	t.Helper()
	var value []byte
	must(t, db.View(func(tx *engine.Tx) (err error) {
		value, _, err = tx.Get([]byte(key))
		return err
	}))
	return string(value)
}

func TestWhatIsCommittedIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, nil)
	put(t, db, "a", "1")
	long := string(bytes.Repeat([]byte("x"), 100_000))
	put(t, db, "b", long)
	failed := errors.New("no")
	if err := db.Update(func(tx *engine.Tx) error {
		must(t, tx.Put([]byte("a"), []byte("2")))
		return failed
	}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	must(t, db.Close())
	db = open(t, dir, nil)
	if get(t, db, "a") != "1" || get(t, db, "b") != long {
		t.Fatal("lost")
	}
}

func TestOneProcessHasADatabase(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, nil)
	var locked *disk.LockedError
	if _, err := engine.Open(dir, nil); !errors.As(err, &locked) {
		t.Fatal(err)
	}
}

// Accounts keep their total while many goroutines transfer, read and scan.
func TestTransfersKeepTheTotalInEveryView(t *testing.T) {
	db := open(t, t.TempDir(), &engine.Options{Memory: 1 << 20, Checkpoint: 500})
	const accounts, each = 50, 100
	key := func(i int) []byte { return fmt.Appendf(nil, "account %03d", i) }
	must(t, db.Update(func(tx *engine.Tx) error {
		for i := range accounts {
			if err := tx.Put(key(i), []byte{each}); err != nil {
				return err
			}
		}
		return nil
	}))
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 0))
			for range 100 {
				err := db.Update(func(tx *engine.Tx) error {
					a, b := r.IntN(accounts), r.IntN(accounts)
					va, _, err := tx.Get(key(a))
					if err != nil || va[0] == 0 || a == b {
						return err
					}
					vb, _, err := tx.Get(key(b))
					if err != nil || vb[0] == 255 {
						return err
					}
					if err := tx.Put(key(a), []byte{va[0] - 1}); err != nil {
						return err
					}
					return tx.Put(key(b), []byte{vb[0] + 1})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		wait.Go(func() {
			for range 100 {
				total := 0
				err := db.View(func(tx *engine.Tx) error {
					for _, v := range tx.Ascend(nil, nil) {
						total += int(v[0])
					}
					return tx.Err()
				})
				if err != nil || total != accounts*each {
					t.Errorf("total %d, %v", total, err)
				}
			}
		})
	}
	wait.Wait()
	report, err := db.Verify(t.Context())
	if err != nil || len(report.Damage) > 0 {
		t.Fatal(err, report.Damage)
	}
}

func TestWalksAndCursorsGoBothWays(t *testing.T) {
	db := open(t, t.TempDir(), &engine.Options{PageSize: 512, Memory: 64 * 512})
	must(t, db.Update(func(tx *engine.Tx) error {
		for i := range 1000 {
			if err := tx.Put(fmt.Appendf(nil, "%04d", i), []byte("v")); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, writable := range []bool{false, true} {
		tx, err := db.Begin(writable)
		must(t, err)
		n := 0
		for key := range tx.Ascend([]byte("0100"), []byte("0900")) {
			if string(key) != fmt.Sprintf("%04d", 100+n) {
				t.Fatalf("%d: %s", n, key)
			}
			n++
		}
		must(t, tx.Err())
		for key := range tx.Descend([]byte("0100"), []byte("0900")) {
			n--
			if string(key) != fmt.Sprintf("%04d", 100+n) {
				t.Fatalf("%d: %s", n, key)
			}
		}
		must(t, tx.Err())
		if n != 0 {
			t.Fatal(n)
		}
		c := tx.Cursor()
		k, _, err := c.Seek([]byte("05"))
		must(t, err)
		l, _, err := c.Prev()
		must(t, err)
		m, _, err := c.Next()
		must(t, err)
		if string(k) != "0500" || string(l) != "0499" || string(m) != "0500" {
			t.Fatalf("%s %s %s", k, l, m)
		}
		must(t, tx.Rollback())
	}
}

// A backup taken under load, and the log that goes on after it, hold every commit.
func TestBackupAndLogRestoreEverything(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, &engine.Options{PageSize: 1024, Memory: 100 << 10, KeepLog: true, Checkpoint: 100})
	for i := range 300 {
		put(t, db, fmt.Sprint("before ", i), "v")
	}
	var backup bytes.Buffer
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range 100 {
			put(t, db, fmt.Sprint("meanwhile ", i), "v")
		}
	})
	must(t, db.Backup(t.Context(), &backup))
	wait.Wait()
	for i := range 300 {
		put(t, db, fmt.Sprint("after ", i), "v")
	}
	want := count(t, db)
	must(t, db.Close())

	copied := t.TempDir()
	must(t, engine.Restore(copied, bytes.NewReader(backup.Bytes()), "", nil))
	old := open(t, copied, nil)
	if n := count(t, old); n < 300 || n > 400 {
		t.Fatalf("the backup alone has %d rows", n)
	}
	whole := t.TempDir()
	must(t, engine.Restore(whole, bytes.NewReader(backup.Bytes()), dir, nil))
	if n := count(t, open(t, whole, nil)); n != want {
		t.Fatalf("backup and log have %d rows, not %d", n, want)
	}
	for cut := 0; cut < backup.Len(); cut += 1 + backup.Len()/50 {
		err := engine.Restore(t.TempDir(), bytes.NewReader(backup.Bytes()[:cut]), "", nil)
		if err == nil {
			t.Fatalf("a backup cut at %d of %d bytes is restored", cut, backup.Len())
		}
	}
}

func count(t *testing.T, db *engine.DB) (n int) {
	t.Helper()
	must(t, db.View(func(tx *engine.Tx) error {
		for range tx.Ascend(nil, nil) {
			n++
		}
		return tx.Err()
	}))
	return n
}
