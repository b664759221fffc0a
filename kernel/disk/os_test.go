package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
)

// each runs a test on every implementation.
func each(t *testing.T, test func(t *testing.T, fsys disk.FS)) {
	t.Run("os", func(t *testing.T) {
		fsys, err := disk.OS(filepath.Join(t.TempDir(), "made"))
		must(t, err)
		test(t, fsys)
	})
	t.Run("faulty", func(t *testing.T) { test(t, disk.NewFaulty()) })
	t.Run("sub", func(t *testing.T) { test(t, disk.Sub(disk.NewFaulty(), "of")) })
}

func TestFilesHoldWhatIsWritten(t *testing.T) {
	each(t, func(t *testing.T, fsys disk.FS) {
		f := create(t, fsys, "a/b/c", []byte("hello"))
		_, err := f.WriteAt([]byte("!"), 7)
		must(t, err)
		must(t, f.Preallocate(10))
		must(t, f.Preallocate(4)) // does not shrink
		if got := string(content(t, fsys, "a/b/c")); got != "hello\x00\x00!\x00\x00" {
			t.Errorf("content %q", got)
		}
		must(t, f.Truncate(3))
		must(t, f.Truncate(6))
		if got := string(content(t, fsys, "a/b/c")); got != "hel\x00\x00\x00" {
			t.Errorf("content after truncation %q", got)
		}
		if n, err := f.ReadAt(make([]byte, 4), 4); n != 2 || err == nil {
			t.Errorf("read at the end: %d, %v", n, err)
		}
		must(t, f.Sync())
		must(t, fsys.SyncDir("a/b"))
		must(t, f.Close())
		if _, err := f.WriteAt([]byte("x"), 0); err == nil {
			t.Error("write to a closed file")
		}
	})
}

func TestNamesAreListedRenamedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, fsys disk.FS) {
		for _, name := range []string{"a/2", "a/1", "ab", "b"} {
			must(t, create(t, fsys, name, []byte(name)).Close())
		}
		list := func(prefix string, want ...string) {
			t.Helper()
			if got, err := fsys.List(prefix); err != nil || !slices.Equal(got, want) {
				t.Errorf("list %q: %q, %v, want %q", prefix, got, err, want)
			}
		}
		list("", "a/1", "a/2", "ab", "b")
		list("a", "a/1", "a/2", "ab")
		list("a/", "a/1", "a/2")
		list("none/")
		must(t, fsys.Rename("b", "a/2"))
		must(t, fsys.Rename("ab", "new/dir"))
		must(t, fsys.Remove("a/1"))
		list("", "a/2", "new/dir")
		if got := string(content(t, fsys, "a/2")); got != "b" {
			t.Errorf("renamed file holds %q", got)
		}
		must(t, create(t, fsys, "a/2", nil).Close())
		if got := content(t, fsys, "a/2"); len(got) != 0 {
			t.Errorf("created file holds %q", got)
		}
		_, open := fsys.Open("none")
		for _, err := range []error{open, fsys.Remove("none"), fsys.Rename("none", "a/2")} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("missing file: %v", err)
			}
		}
	})
}

func TestNamesCannotLeaveTheDirectory(t *testing.T) {
	each(t, func(t *testing.T, fsys disk.FS) {
		must(t, create(t, fsys, "ok", nil).Close())
		for _, name := range []string{"", ".", "..", "../x", "/x", "a/../x", "a//x", "a/", `a\x`, "c:x", "a\x00b"} {
			_, created := fsys.Create(name)
			_, opened := fsys.Open(name)
			for _, err := range []error{created, opened, fsys.Remove(name), fsys.Rename("ok", name), fsys.Rename(name, "y")} {
				if !errors.Is(err, disk.ErrBadName) {
					t.Errorf("%q: %v", name, err)
				}
			}
		}
	})
}

func TestSymbolicLinksCannotLeaveTheDirectory(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	fsys, err := disk.OS(dir)
	must(t, err)
	must(t, os.Symlink(outside, filepath.Join(dir, "link")))
	if f, err := fsys.Create("link/x"); err == nil {
		t.Errorf("created %s through a link", f.Name())
	}
	if found, _ := os.ReadDir(outside); len(found) > 0 {
		t.Errorf("found %v outside", found)
	}
}

func TestOneProcessHasTheDirectory(t *testing.T) {
	if dir := os.Getenv("PARLEY_TEST_LOCK"); dir != "" {
		_, err := disk.Lock(dir)
		var locked *disk.LockedError
		if !errors.As(err, &locked) || locked.PID != os.Getppid() || locked.Dir != dir {
			t.Fatalf("lock in another process: %v, want one of %d", err, os.Getppid())
		}
		return
	}
	dir := t.TempDir()
	lock, err := disk.Lock(dir)
	must(t, err)
	child := exec.Command(os.Args[0], "-test.run=^TestOneProcessHasTheDirectory$")
	child.Env = append(os.Environ(), "PARLEY_TEST_LOCK="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := disk.Lock(dir); err == nil {
		t.Error("locked twice by one process")
	}
	must(t, lock.Close())
	again, err := disk.Lock(dir)
	must(t, err)
	must(t, again.Close())
}
