package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/engine"
)

// mount mounts a file system in memory, which takes the right to do so.
func mount(t *testing.T, flags uintptr, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skip("may not mount a file system: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// The disk is full in the middle of a load: the error says so, reads of what was
// committed fail rather than lie, and once there is room again all of it is there.
func TestFullDiskLosesNothing(t *testing.T) {
	top := mount(t, 0, "size=12m")
	dir := filepath.Join(top, "db")
	o := &engine.Options{SegmentSize: 1 << 20, Memory: 1 << 20, Checkpoint: 2000}
	db := open(t, dir, o)
	committed := 0
	var failed error
	for ; failed == nil && committed < 100_000; committed++ {
		failed = db.Update(func(tx *engine.Tx) error { return tx.Put(benchKey(committed), make([]byte, 900)) })
	}
	committed--
	if !errors.Is(failed, engine.ErrUnknown) && !errors.Is(failed, disk.ErrFull) || !strings.Contains(failed.Error(), "full") && !strings.Contains(failed.Error(), "no space") {
		t.Fatalf("after %d commits: %v", committed, failed)
	}
	if err := db.Update(func(tx *engine.Tx) error { return tx.Put([]byte("k"), nil) }); err == nil {
		t.Fatal("a commit was acknowledged after that")
	}
	_ = db.Close() // it says again what has failed
	must(t, syscall.Mount("tmpfs", top, "tmpfs", syscall.MS_REMOUNT, "size=64m"))
	db = open(t, dir, o)
	must(t, db.View(func(tx *engine.Tx) error {
		for i := range committed {
			if _, found, err := tx.Get(benchKey(i)); err != nil || !found {
				t.Fatalf("row %d of %d: %v, %v", i, committed, found, err)
			}
		}
		return nil
	}))
	if r, err := db.Verify(t.Context()); err != nil || len(r.Damage) > 0 {
		t.Fatal(err, r.Damage)
	}
}

func TestReadOnlyDirectoryIsRefused(t *testing.T) {
	dir := mount(t, 0, "size=64m")
	db := open(t, dir, &engine.Options{SegmentSize: 1 << 20})
	put(t, db, "a", "1")
	must(t, db.Close())
	must(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	_, err := engine.Open(dir, nil)
	if !errors.Is(err, os.ErrPermission) && !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("the error is %v", err)
	}
}
