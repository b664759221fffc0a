package engine_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/serve/engine"
	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// What is not a database is refused with an error that says so, and is left as
// it was.
func TestWhatIsNoDatabaseIsRefused(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string) error{
		"another file": func(t *testing.T, dir string) error {
			must(t, os.WriteFile(filepath.Join(dir, "pages", aries.MasterFile), make([]byte, 1024), 0o600))
			return aries.ErrNotDatabase
		},
		"another version": func(t *testing.T, dir string) error {
			must(t, os.WriteFile(filepath.Join(dir, "pages", aries.MasterFile), otherVersion(), 0o600))
			return aries.ErrVersion
		},
		"no log": func(t *testing.T, dir string) error {
			must(t, os.RemoveAll(filepath.Join(dir, "log")))
			return nil
		},
		"no data file": func(t *testing.T, dir string) error {
			must(t, os.Remove(filepath.Join(dir, "pages", "data")))
			return os.ErrNotExist
		},
		"no master record": func(t *testing.T, dir string) error {
			must(t, os.Remove(filepath.Join(dir, "pages", aries.MasterFile)))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, dir, nil)
			put(t, db, "a", "1")
			must(t, db.Close())
			want := change(t, dir)
			db, err := engine.Open(dir, nil)
			if err == nil {
				db.Close()
				t.Fatal("it was opened")
			}
			if want != nil && !errors.Is(err, want) {
				t.Fatal(err)
			}
		})
	}
}

// A write transaction that begins within another, which it has to wait for, is told
// so; the outer one goes on.
func TestNestedWriteTransactionIsAnError(t *testing.T) {
	db := open(t, t.TempDir(), &engine.Options{Busy: 20 * time.Millisecond})
	put(t, db, "a", "1")
	must(t, db.Update(func(outer *engine.Tx) error {
		if _, _, err := outer.Get([]byte("a")); err != nil {
			return err
		}
		err := db.Update(func(inner *engine.Tx) error { return inner.Put([]byte("b"), []byte("1")) })
		if !errors.Is(err, engine.ErrBusy) || !strings.Contains(err.Error(), "within it") {
			t.Errorf("the error is %v", err)
		}
		return outer.Put([]byte("a"), []byte("2"))
	}))
	if get(t, db, "a") != "2" || get(t, db, "b") != "" {
		t.Fatal("the outer transaction is not what is there")
	}
}

// What a file was cut off is named when the database is opened, or when it is read.
func TestTruncatedFilesAreNamed(t *testing.T) {
	for name, cut := range map[string]string{"data file": "pages/data", "log": "log/*.wal"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, dir, &engine.Options{SegmentSize: 1 << 20})
			const rows = 600 // more pages than one batch of them, which could be mended
			must(t, db.Update(func(tx *engine.Tx) error {
				for i := range rows {
					if err := tx.Put(benchKey(i), make([]byte, 1900)); err != nil {
						return err
					}
				}
				return nil
			}))
			must(t, db.Close())
			files, err := filepath.Glob(filepath.Join(dir, cut))
			must(t, err)
			must(t, os.Truncate(files[0], 10_000))
			db, err = engine.Open(dir, nil)
			if err == nil {
				defer db.Close()
				err = db.View(func(tx *engine.Tx) error {
					for range tx.Ascend(nil, nil) {
					}
					return tx.Err()
				})
			}
			var page *page.DamageError
			var segment *wal.CorruptError
			var record *aries.LostError
			if !errors.As(err, &page) && !errors.As(err, &segment) && !errors.As(err, &record) {
				t.Fatalf("the error is %v", err)
			}
		})
	}
}

func TestLimitsAreErrorsThatChangeNothing(t *testing.T) {
	db := open(t, t.TempDir(), nil)
	must(t, db.Update(func(tx *engine.Tx) error {
		for key, want := range map[string]error{
			"": storage.ErrKeyEmpty, strings.Repeat("k", 2000): storage.ErrKeyTooLong,
		} {
			if err := tx.Put([]byte(key), nil); !errors.Is(err, want) {
				t.Errorf("key of %d bytes: %v", len(key), err)
			}
		}
		if err := tx.Put([]byte("k"), make([]byte, 64<<20)); !errors.Is(err, storage.ErrValueTooLong) {
			t.Error(err)
		}
		return tx.Put([]byte("k"), []byte("v"))
	}))
	if get(t, db, "k") != "v" {
		t.Fatal("the transaction did not go on")
	}
}

func TestUseAfterTheEndIsAnError(t *testing.T) {
	db := open(t, t.TempDir(), nil)
	tx, err := db.Begin(true)
	must(t, err)
	must(t, tx.Put([]byte("a"), []byte("1")))
	must(t, tx.Commit())
	if err := tx.Put([]byte("a"), []byte("2")); !errors.Is(err, scheme.ErrEnded) {
		t.Fatal(err)
	}
	must(t, db.View(func(tx *engine.Tx) error {
		if err := tx.Put([]byte("a"), []byte("2")); !errors.Is(err, engine.ErrReadOnly) {
			t.Error(err)
		}
		return nil
	}))
	must(t, db.Close())
	for _, err := range []error{
		db.Update(func(*engine.Tx) error { return nil }),
		db.View(func(tx *engine.Tx) error { _, _, err := tx.Get([]byte("a")); return err }),
		db.Checkpoint(),
	} {
		if !errors.Is(err, engine.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// A transaction may be larger than memory, and partial rollback works in it.
func TestTransactionLargerThanMemory(t *testing.T) {
	db := open(t, t.TempDir(), &engine.Options{PageSize: 512, Memory: 64 * 512, Versions: 1 << 20})
	tx, err := db.Begin(true)
	must(t, err)
	value := make([]byte, 100)
	key := func(i int) []byte { return benchKey(i) }
	for i := range 2000 {
		must(t, tx.Put(key(i), value))
	}
	p, err := tx.Savepoint()
	must(t, err)
	for i := range 1000 {
		must(t, tx.Delete(key(i)))
	}
	must(t, tx.RollbackTo(p))
	must(t, tx.Commit())
	if n := count(t, db); n != 2000 {
		t.Fatal(n)
	}
	if s := db.Stats(); s.Pool.Frames != 64 {
		t.Fatal("the pool has grown: ", s.Pool.Frames)
	}
}

// otherVersion is a master record of version 2.
func otherVersion() []byte {
	b := make([]byte, 1024)
	copy(b, "PARLEYDB")
	b[12] = 2
	sum := crc32.Checksum(b[12:52], crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(b[8:], sum)
	return b
}
