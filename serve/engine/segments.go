package engine

import (
	"errors"
	"sync/atomic"

	"github.com/parleysystems/parley/kernel/disk"
)

// segments are the files of the log. Space that is reserved but was never written
// makes every sync change the file system's metadata too, which doubles what it
// takes and more; so new segments are written once, with zeroes. Later ones are old
// files, used again, and a file is written out ahead of its use once the present one
// is half full: nobody's commit waits for it then.
type segments struct {
	disk.FS
	next *nextSegment
}

func (s segments) Create(name string) (disk.File, error) {
	if s.next.take(name) {
		return s.Open(name)
	}
	return s.wrap(name, s.FS.Create)
}

func (s segments) Open(name string) (disk.File, error) { return s.wrap(name, s.FS.Open) }

func (s segments) wrap(name string, open func(string) (disk.File, error)) (disk.File, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	second, err := s.FS.Open(name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	g := &segment{File: f, next: s.next, second: second, idle: make(chan disk.File, inFlight)}
	g.idle <- f
	g.idle <- second
	return g, nil
}

// segment is a file of the log, which is opened once for each flush that may be under
// way. Of a page that could not be written the system tells each of those who have
// the file open, but of two syncs of one of them only the first to ask: the other
// would take for durable what is lost.
type segment struct {
	disk.File
	next   *nextSegment
	second disk.File
	idle   chan disk.File
}

// WriteAt implements disk.File.
func (s *segment) WriteAt(p []byte, offset int64) (int, error) {
	s.next.reached(offset)
	return s.File.WriteAt(p, offset)
}

// Sync implements disk.File.
func (s *segment) Sync() error {
	f := <-s.idle
	err := f.Sync()
	s.idle <- f
	return err
}

// Close implements disk.File.
func (s *segment) Close() error { return errors.Join(s.File.Close(), s.second.Close()) }

// Preallocate implements disk.File.
func (s *segment) Preallocate(size int64) error { return writeOut(s.File, size, size) }

// writeOut reserves space and fills it with zeroes, with a sync each so many bytes.
func writeOut(f disk.File, size, each int64) error {
	from, err := f.Size()
	if err != nil || from >= size {
		return err
	}
	if err := f.Preallocate(size); err != nil {
		return err
	}
	zeroes := make([]byte, 256<<10)
	for ; from < size; from += int64(len(zeroes)) {
		if _, err := f.WriteAt(zeroes[:min(int64(len(zeroes)), size-from)], from); err != nil {
			return err
		}
		if (from+int64(len(zeroes)))%each == 0 {
			if err := f.Sync(); err != nil {
				return err
			}
		}
	}
	return f.Sync()
}

// nextName is the file that is to become a segment of the log.
const nextName = "next/segment"

// nextSegment writes a segment out ahead of its use.
type nextSegment struct {
	fs    disk.FS
	size  int64
	wants chan struct{}
	ready atomic.Bool
}

func newNextSegment(fs disk.FS, size int64) *nextSegment {
	_ = fs.Remove(nextName) // what an earlier process left may not be whole
	return &nextSegment{fs: fs, size: size, wants: make(chan struct{}, 1)}
}

// reached hears how far the present segment is filled.
func (n *nextSegment) reached(offset int64) {
	if offset > n.size/2 && !n.ready.Load() {
		select {
		case n.wants <- struct{}{}:
		default:
		}
	}
}

// run makes files until the database dies.
func (n *nextSegment) run(dead <-chan struct{}) {
	for {
		select {
		case <-dead:
			return
		case <-n.wants:
		}
		if n.ready.Load() {
			continue
		}
		// A failure shows when the log needs the file, and has to make it itself.
		if f, err := n.fs.Create(nextName); err == nil {
			err = writeOut(f, n.size, 1<<20)
			n.ready.Store(errors.Join(err, f.Close()) == nil)
		}
	}
}

// take gives the file that is ready another name.
func (n *nextSegment) take(name string) bool {
	if !n.ready.Load() || n.fs.Rename(nextName, name) != nil {
		return false
	}
	n.ready.Store(false)
	return true
}
