package live

import (
	"path"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/node"
)

// filesDir is where the directories of the services lie on the host's disk.
const filesDir = "files"

// FilesOf is where in a host's directory that of a service lies.
func FilesOf(service string) string { return filesDir + "/" + service }

// files is the node.FS of a node. Reads, writes and names go to the operating
// system at once, as in any program; what waits for the medium waits on the
// host's pool, and its completion comes through the mailbox.
//
// Owner: the loop.
type files struct {
	loop *loop
	disk.FS
	open map[*file]struct{}
}

func newFiles(l *loop) *files {
	return &files{loop: l, FS: disk.Sub(l.host.disk, FilesOf(l.service)), open: map[*file]struct{}{}}
}

func (f *files) Create(name string) (node.File, error) {
	if f.loop.ended.Load() {
		return nil, ErrStopped
	}
	opened, err := f.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return f.opened(name, opened, true), nil
}

func (f *files) Open(name string) (node.File, error) {
	if f.loop.ended.Load() {
		return nil, ErrStopped
	}
	opened, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return f.opened(name, opened, false), nil
}

func (f *files) opened(name string, from disk.File, fresh bool) *file {
	o := &file{File: from, files: f, name: name, fresh: fresh}
	f.open[o] = struct{}{}
	return o
}

// close closes what the node left open when its incarnation ends.
func (f *files) close() {
	for o := range f.open {
		o.File.Close()
	}
}

func (f *files) Remove(name string) error {
	if f.loop.ended.Load() {
		return ErrStopped
	}
	return f.FS.Remove(name)
}

// Rename is seen by the node at once; done waits for both directories.
func (f *files) Rename(from, to string, done func(error)) {
	if f.loop.ended.Load() {
		return
	}
	err := f.FS.Rename(from, to)
	f.later(done, func() error {
		if err != nil {
			return err
		}
		return f.syncDirs(path.Dir(from), path.Dir(to))
	})
}

func (f *files) syncDirs(from, to string) error {
	if err := f.SyncDir(to); err != nil || from == to {
		return err
	}
	return f.SyncDir(from)
}

// later runs work on the pool and done with its result on the loop.
func (f *files) later(done func(error), work func() error) {
	cause := f.loop.steps.cause()
	f.loop.host.syncs.submit(string(f.loop.self), func() {
		err := work()
		f.loop.mailbox.complete(func() { done(err) }, cause)
	})
}

// file is an open file of a node. WriteAt, ReadAt, Truncate and Size may be
// called from the one job that has the file; all else belongs to the loop.
type file struct {
	disk.File
	files   *files
	name    string
	fresh   bool // made by us, and no Sync has made its name durable yet
	syncing int  // Syncs whose done has not run
	closing bool // once syncing is 0
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	if f.files.loop.ended.Load() {
		return 0, ErrStopped
	}
	return f.File.WriteAt(p, off)
}

func (f *file) Truncate(size int64) error {
	if f.files.loop.ended.Load() {
		return ErrStopped
	}
	return f.File.Truncate(size)
}

// Sync also makes a new file's name durable: bytes that nobody can find again
// would be no use. Until one has done so each does: of two that are under way
// together the later may be over first.
func (f *file) Sync(done func(error)) {
	if f.files.loop.ended.Load() {
		return
	}
	fresh := f.fresh
	f.syncing++
	f.files.later(f.synced(done), func() error {
		if err := f.File.Sync(); err != nil || !fresh {
			return err
		}
		return f.files.SyncDir(path.Dir(f.name))
	})
}

func (f *file) synced(done func(error)) func(error) {
	return func(err error) {
		f.syncing--
		f.fresh = f.fresh && err != nil
		if f.closing && f.syncing == 0 {
			f.shut()
		}
		done(err)
	}
}

// Close lets the Syncs end that were asked for.
func (f *file) Close() error {
	if f.syncing > 0 {
		f.closing = true
		return nil
	}
	return f.shut()
}

func (f *file) shut() error {
	delete(f.files.open, f)
	return f.File.Close()
}
