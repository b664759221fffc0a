package engine

import (
	"path"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/node"
)

// files is the directory of the pages, as the engine wants it: syncs complete by
// themselves.
type files struct {
	h  *host
	fs disk.FS
}

func (d files) Create(name string) (node.File, error) { return d.wrap(d.fs.Create(name)) }
func (d files) Open(name string) (node.File, error)   { return d.wrap(d.fs.Open(name)) }
func (d files) Remove(name string) error              { return d.fs.Remove(name) }

func (d files) List(prefix string) ([]string, error) { return d.fs.List(prefix) }

func (d files) wrap(f disk.File, err error) (node.File, error) {
	if err != nil {
		return nil, err
	}
	return file{f, d.h}, nil
}

// Rename implements node.FS.
func (d files) Rename(from, to string, done func(error)) {
	err := d.fs.Rename(from, to)
	d.h.db.running.Go(func() {
		if err == nil {
			err = d.fs.SyncDir(path.Dir(to))
		}
		d.h.complete(func() { done(err) })
	})
}

// file is an open file.
type file struct {
	disk.File
	h *host
}

// Sync implements node.File.
func (f file) Sync(done func(error)) {
	f.h.db.running.Go(func() {
		err := f.File.Sync()
		f.h.complete(func() { done(err) })
	})
}
