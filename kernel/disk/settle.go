package disk

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// tree is an FS that knows a better way to Settle than to list its files.
type tree interface {
	settleTree(dir string) error
}

// Settle makes durable all that stands below dir as a reader sees it now: what
// the files hold, their names, and that other names are gone. A process that
// follows one which was killed owes this to whoever reads on: what it finds may
// be in the cache of the system only, and what is concluded from it may be made
// durable sooner. A directory that does not exist is settled.
func Settle(fsys FS, dir string) error {
	if t, ok := fsys.(tree); ok {
		return t.settleTree(dir)
	}
	names, err := fsys.List(dir + "/")
	if err != nil {
		return err
	}
	dirs := map[string]bool{dir: true}
	for _, name := range names {
		if err := settleFile(fsys, name); err != nil {
			return err
		}
		for at := parent(name); !dirs[at]; at = parent(at) {
			dirs[at] = true
			if err := fsys.SyncDir(at); err != nil {
				return err
			}
		}
	}
	return fsys.SyncDir(dir)
}

func settleFile(fsys FS, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// settleTree syncs file by file. That costs little where nothing was left to
// write, and unlike syncfs it does not wait for what other processes wrote.
func (o *osFS) settleTree(dir string) error {
	err := fs.WalkDir(o.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return o.SyncDir(name)
		case e.Type().IsRegular():
			return o.settleFile(name)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return classify(err)
	}
	return o.SyncDir(path.Dir(dir))
}

// settleFile opens for reading only: a file that nobody may write needs it too.
func (o *osFS) settleFile(name string) error {
	f, err := o.root.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(syncData(f), f.Close())
}

func (d *Faulty) settleTree(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.syncErr != nil {
		return &fs.PathError{Op: "sync", Path: dir, Err: d.syncErr}
	}
	below := func(name string) bool {
		return name != "" && (dir == "." || strings.HasPrefix(name, dir+"/"))
	}
	d.commit(func(c change) bool { return below(c.unlink) || below(c.link) })
	for _, name := range d.list("") {
		if n := d.names[name]; below(name) {
			n.epoch++
			d.settle(n, len(n.undo))
		}
	}
	return nil
}

func (s sub) settleTree(dir string) error {
	return Settle(s.fsys, strings.TrimSuffix(s.prefix+strings.TrimPrefix(dir, "."), "/"))
}
