package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// OS returns the directory dir of the operating system, which is made if there
// is none. Names cannot leave it, not even by symbolic links. Sync is
// fdatasync on Linux and F_FULLFSYNC on macOS.
func OS(dir string) (FS, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, classify(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, classify(err)
	}
	return &osFS{root: root}, nil
}

type osFS struct{ root *os.Root }

func (o *osFS) Create(name string) (File, error) {
	if err := checkName("create", name); err != nil {
		return nil, err
	}
	f, err := o.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err = o.makeDir(path.Dir(name)); err == nil {
			f, err = o.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		}
	}
	if err != nil {
		return nil, classify(err)
	}
	return &osFile{f: f, name: name}, nil
}

// makeDir makes a directory that a crash does not take away again: each new
// link of the path is synced in its parent.
func (o *osFS) makeDir(dir string) error {
	if err := o.root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for dir != "." {
		dir = path.Dir(dir)
		if err := o.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func (o *osFS) Open(name string) (File, error) {
	if err := checkName("open", name); err != nil {
		return nil, err
	}
	f, err := o.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, classify(err)
	}
	return &osFile{f: f, name: name}, nil
}

func (o *osFS) Remove(name string) error {
	if err := checkName("remove", name); err != nil {
		return err
	}
	return classify(o.root.Remove(name))
}

func (o *osFS) Rename(from, to string) error {
	if err := checkName("rename", from); err != nil {
		return err
	}
	if err := checkName("rename", to); err != nil {
		return err
	}
	err := o.root.Rename(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if _, missing := o.root.Lstat(from); missing != nil {
			return classify(err)
		}
		if err = o.makeDir(path.Dir(to)); err == nil {
			err = o.root.Rename(from, to)
		}
	}
	return classify(err)
}

// SyncDir implements FS. A directory that does not exist holds no changes.
func (o *osFS) SyncDir(dir string) error {
	d, err := o.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return classify(err)
	}
	defer d.Close()
	return classify(d.Sync())
}

// List implements FS: it walks only the directory that all matches lie in.
func (o *osFS) List(prefix string) ([]string, error) {
	dir := parent(prefix)
	if dir != "." {
		if err := checkName("list", dir); err != nil {
			return nil, err
		}
	}
	var names []string
	err := fs.WalkDir(o.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && e.Type().IsRegular() && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, classify(err)
}

// osFile is an open file of the operating system.
type osFile struct {
	f       *os.File
	name    string
	mu      sync.Mutex
	syncErr error
}

func (f *osFile) Name() string { return f.name }

func (f *osFile) ReadAt(p []byte, offset int64) (int, error) { return f.f.ReadAt(p, offset) }

func (f *osFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.f.WriteAt(p, offset)
	return n, at(err, offset)
}

func (f *osFile) Size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *osFile) Truncate(size int64) error { return at(f.f.Truncate(size), size) }

func (f *osFile) Preallocate(size int64) error { return at(preallocate(f.f, size), size) }

// Sync implements File. Linux drops the pages of a failed writeback and reports
// that once, so the failure is kept here: the next Sync must not look well.
func (f *osFile) Sync() error {
	f.mu.Lock()
	failed := f.syncErr
	f.mu.Unlock()
	if failed != nil {
		return failed
	}
	err := syncData(f.f)
	if err == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.syncErr == nil {
		f.syncErr = fmt.Errorf("sync %s: %w", f.name, classify(err))
	}
	return f.syncErr
}

func (f *osFile) Close() error { return f.f.Close() }

func at(err error, offset int64) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("at %d: %w", offset, classify(err))
}

// classify adds ErrFull to what means just that.
func classify(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w (%w)", err, ErrFull)
	}
	return err
}

// fillZero extends a file by writing zeroes, where the system cannot reserve
// space in another way.
func fillZero(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	zeroes := make([]byte, 1<<18)
	for offset := info.Size(); offset < size; {
		n := min(int64(len(zeroes)), size-offset)
		if _, err := f.WriteAt(zeroes[:n], offset); err != nil {
			return err
		}
		offset += n
	}
	return nil
}
