package engine_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/parleysystems/parley/serve/engine"
)

// rows commits some rows, of so many bytes each.
func rows(t *testing.T, db *engine.DB, from, to, bytes int) {
	t.Helper()
	for i := from; i < to; i++ {
		must(t, db.Update(func(tx *engine.Tx) error { return tx.Put(benchKey(i), make([]byte, bytes)) }))
	}
}

func backup(t *testing.T, db *engine.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, db.Backup(t.Context(), &b))
	return b.Bytes()
}

// A restore that fails, early or late, leaves nothing behind, so that the next one into
// the same directory goes through.
func TestRestoreThatFailsLeavesNothing(t *testing.T) {
	db := open(t, t.TempDir(), nil)
	rows(t, db, 0, 20, 200_000) // more log than is flushed at a time
	whole := backup(t, db)
	dir := t.TempDir()
	for _, cut := range []int{10, len(whole) / 2, len(whole) - 1} {
		if err := engine.Restore(dir, bytes.NewReader(whole[:cut]), "", nil); !errors.Is(err, engine.ErrBackup) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	must(t, engine.Restore(dir, bytes.NewReader(whole), "", nil))
	if n := count(t, open(t, dir, nil)); n != 20 {
		t.Fatalf("%d rows", n)
	}
	if err := engine.Restore(dir, bytes.NewReader(whole), "", nil); err == nil {
		t.Fatal("a database was restored over another one")
	}
}

// What comes on top of a backup is the log that goes on from it, and no other.
func TestRestoreTakesNoOtherLog(t *testing.T) {
	dir, other, unkept, none := t.TempDir(), t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "none")
	o := &engine.Options{KeepLog: true}
	db := open(t, dir, o)
	rows(t, db, 0, 20, 10)
	b := backup(t, db)
	rows(t, db, 20, 40, 10)
	must(t, db.Close())

	another := open(t, other, o)
	rows(t, another, 0, 60, 20)
	backup(t, another)
	must(t, another.Close())

	trimmed := open(t, unkept, nil)
	rows(t, trimmed, 0, 20, 10)
	early := backup(t, trimmed)
	for i := range 2 { // Close lets go of what lies before it
		rows(t, trimmed, 20+20*i, 40+20*i, 10)
		must(t, trimmed.Close())
		trimmed = open(t, unkept, nil)
	}
	must(t, trimmed.Close())

	for name, try := range map[string]func(to string) error{
		"another database's": func(to string) error { return engine.Restore(to, bytes.NewReader(b), other, nil) },
		"one that was trimmed": func(to string) error {
			return engine.Restore(to, bytes.NewReader(early), unkept, nil)
		},
	} {
		if err := try(t.TempDir()); !errors.Is(err, engine.ErrOtherLog) {
			t.Errorf("%s log: %v", name, err)
		}
	}
	if err := engine.Restore(t.TempDir(), bytes.NewReader(b), none, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no log: %v", err)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a directory was made where the log should have been")
	}
	to := t.TempDir()
	must(t, engine.Restore(to, bytes.NewReader(b), dir, nil))
	if n := count(t, open(t, to, nil)); n != 40 {
		t.Errorf("%d rows", n)
	}
}

// The log is kept from the last backup on, whatever the database is opened with, until
// that is ended.
func TestLogIsKeptUntilItIsDropped(t *testing.T) {
	dir := t.TempDir()
	// change commits rows and then does something; it returns the first record that is
	// kept after the database was closed, and the last one before that.
	change := func(o *engine.Options, then func(*engine.DB)) (first, last uint64) {
		db := open(t, dir, o)
		rows(t, db, 0, 200, 10)
		then(db)
		last = uint64(db.Stats().Last)
		rows(t, db, 0, 200, 10)
		must(t, db.Close())
		f, err := engine.Look(dir)
		must(t, err)
		defer f.Close()
		return uint64(f.First), last
	}
	nothing := func(*engine.DB) {}
	copied := func(db *engine.DB) { backup(t, db) }
	_, one := change(&engine.Options{KeepLog: true}, copied)
	if first, _ := change(nil, nothing); first > one {
		t.Errorf("the log is kept from record %d on, and the backup ended with %d", first, one)
	}
	first, two := change(nil, copied)
	if first <= one || first > two {
		t.Errorf("the log is kept from record %d on, and the backups ended with %d and %d", first, one, two)
	}
	if first, _ := change(nil, func(db *engine.DB) { must(t, db.DropLog()) }); first <= two {
		t.Errorf("the log is kept from record %d on, and need not be", first)
	}
}

// Who looks at files leaves them as they are.
func TestLookChangesNothing(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, &engine.Options{PageSize: 512, Memory: 64 * 512})
	put(t, db, "a", "1")
	must(t, db.Close())      // writes the pages
	killAfter(t, dir, 0, 30) // so that the log has an end that a restart would cut
	before := sums(t, dir)
	f, err := engine.Look(dir)
	must(t, err)
	if _, err := f.Page(1); err != nil {
		t.Error(err)
	}
	if _, err := f.Page(1 << 20); err == nil {
		t.Error("a page behind the end is shown")
	}
	if f.LogBytes == 0 || f.First >= f.Next {
		t.Errorf("records %d to %d in %d bytes", f.First, f.Next, f.LogBytes)
	}
	must(t, f.Close())
	if after := sums(t, dir); after != before {
		t.Errorf("%s\nhas become\n%s", before, after)
	}
}

// sums tells what the files in a directory hold, but for its lock.
func sums(t *testing.T, dir string) (s string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "LOCK" {
			return err
		}
		b, err := os.ReadFile(path)
		s += fmt.Sprintf("%s %d %x\n", path, len(b), sha256.Sum256(b))
		return err
	}))
	return s
}
