package disk

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
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
