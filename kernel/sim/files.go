package sim

import (
	"errors"
	"io/fs"
	"path"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/node"
)

// files is a node's own directory. Reads and writes are done at once; what
// makes them durable takes the time of an fsync. A dead incarnation's calls
// fail: its crash may have taken place already.
type files struct {
	inc *incarnation
	fs  disk.FS
}

func (d *Disk) files(i *incarnation) *files {
	return &files{i, disk.Sub(d.open(), "files/"+i.service.name)}
}

func (f *files) alive(op, name string) error {
	if f.inc.over {
		return &fs.PathError{Op: op, Path: name, Err: disk.ErrDead}
	}
	return nil
}

// Create makes an empty file.
func (f *files) Create(name string) (node.File, error) {
	return f.wrap("create", name, f.fs.Create, true)
}

// Open opens an existing file.
func (f *files) Open(name string) (node.File, error) { return f.wrap("open", name, f.fs.Open, false) }

func (f *files) wrap(op, name string, open func(string) (disk.File, error), fresh bool) (node.File, error) {
	if err := f.alive(op, name); err != nil {
		return nil, err
	}
	inner, err := open(name)
	if err != nil {
		return nil, err
	}
	return &file{inner, f, path.Dir(name), fresh}, nil
}

// Remove deletes a file.
func (f *files) Remove(name string) error {
	if err := f.alive("remove", name); err != nil {
		return err
	}
	return f.fs.Remove(name)
}

// Rename gives a file another name, and runs done once a crash keeps that.
func (f *files) Rename(from, to string, done func(error)) {
	if f.inc.over {
		return
	}
	err := f.fs.Rename(from, to)
	f.inc.later(f.inc.host.disk.latency(forFile), func() {
		if err == nil {
			err = errors.Join(f.fs.SyncDir(path.Dir(to)), f.fs.SyncDir(path.Dir(from)))
		}
		done(err)
	})
}

// List returns the names of all files that begin with prefix, sorted.
func (f *files) List(prefix string) ([]string, error) {
	if err := f.alive("list", prefix); err != nil {
		return nil, err
	}
	return f.fs.List(prefix)
}

// file is an open file of a node.
type file struct {
	disk.File
	files *files
	dir   string
	fresh bool // made by this incarnation, and its directory was not synced since
}

// WriteAt writes at once; a crash may lose it until Sync has completed.
func (f *file) WriteAt(b []byte, offset int64) (int, error) {
	if f.files.inc.over {
		return 0, &fs.PathError{Op: "write", Path: f.Name(), Err: disk.ErrDead}
	}
	return f.File.WriteAt(b, offset)
}

// Truncate sets the length.
func (f *file) Truncate(size int64) error {
	if f.files.inc.over {
		return &fs.PathError{Op: "truncate", Path: f.Name(), Err: disk.ErrDead}
	}
	return f.File.Truncate(size)
}

// Sync makes what was written before the call durable, and the name of a file
// that is new, and then runs done.
func (f *file) Sync(done func(error)) {
	inc := f.files.inc
	if inc.over {
		return
	}
	mark, fresh := disk.BeginSync(f.File), f.fresh
	f.fresh = false
	inc.later(inc.host.disk.latency(forFile), func() {
		err := disk.EndSync(f.File, mark)
		if err == nil && fresh {
			err = f.files.fs.SyncDir(f.dir)
		}
		done(err)
	})
}
