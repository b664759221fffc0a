package engine

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Files are those of a database that is not open: what they say before a restart
// has changed anything. None of them is written to.
type Files struct {
	Master *aries.Master
	// Bytes is the length of the data file, LogBytes what the log takes.
	Bytes, LogBytes int64
	// First and Next are the oldest record that is kept, and the one after the
	// newest.
	First, Next node.LSN

	lock *disk.DirLock
	log  *wal.WAL
	data disk.File
}

// Look opens the files of a database, and keeps others from opening it until Close.
// The error wraps fs.ErrNotExist if there is no database.
func Look(path string) (*Files, error) {
	lock, err := disk.Lock(path)
	if err != nil {
		return nil, opening(path, err)
	}
	f := &Files{lock: lock}
	if err := f.open(path); err != nil {
		return nil, opening(path, errors.Join(err, f.Close()))
	}
	return f, nil
}

func (f *Files) open(path string) (err error) {
	there, err := disk.OS(path)
	if err != nil {
		return err
	}
	fs := frozen{there}
	pages := files{fs: disk.Sub(fs, "pages")}
	if f.Master, err = aries.ReadMaster(pages); err != nil {
		return err
	}
	if f.data, err = pages.fs.Open(pool.DataFile); err != nil {
		return err
	}
	if f.Bytes, err = f.data.Size(); err != nil {
		return err
	}
	if f.log, err = wal.Open(fs, wal.Options{Dir: "log", Salt: rand.Uint64()}); err != nil {
		return err
	}
	stream := f.log.Stream(aries.Stream)
	f.First, f.Next = f.Master.Base+stream.First(), f.Master.Base+stream.Next()
	f.LogBytes, err = bytesIn(fs, "log/")
	return err
}

// bytesIn adds up the files whose names have a prefix.
func bytesIn(fs disk.FS, prefix string) (sum int64, err error) {
	names, err := fs.List(prefix)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		f, err := fs.Open(name)
		if err != nil {
			return 0, err
		}
		n, err := f.Size()
		if err = errors.Join(err, f.Close()); err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// Records calls visit with the log's records from one on, until it returns false.
func (f *Files) Records(from node.LSN, visit func(*aries.Record) bool) error {
	base := f.Master.Base
	for lsn, b := range f.log.Stream(aries.Stream).Records(from - min(from, base)) {
		r, err := aries.Parse(base+lsn, b)
		if err != nil {
			return err
		}
		if !visit(r) {
			return nil
		}
	}
	return f.log.Err()
}

// Pages returns how many pages the data file holds.
func (f *Files) Pages() int64 { return f.Bytes / int64(f.Master.PageSize) }

// Page reads a page from the data file. The error is a *DamageError if it cannot be
// used.
func (f *Files) Page(id page.ID) (page.Page, error) {
	if int64(id) >= f.Pages() {
		return nil, fmt.Errorf("page %d is behind the end of %s, which has %d pages", id, pool.DataFile, f.Pages())
	}
	p := make(page.Page, f.Master.PageSize)
	if _, err := f.data.ReadAt(p, int64(id)*int64(len(p))); err != nil && err != io.EOF {
		return nil, &page.DamageError{File: pool.DataFile, ID: id, Reason: "it cannot be read", Err: err}
	}
	if damage := p.Check(id); damage != "" {
		return p, &page.DamageError{File: pool.DataFile, ID: id, Reason: damage}
	}
	return p, nil
}

// Close closes the files.
func (f *Files) Close() error {
	var err error
	if f.log != nil {
		err = f.log.Close()
	}
	if f.data != nil {
		err = errors.Join(err, f.data.Close())
	}
	f.Master.Close()
	return errors.Join(err, f.lock.Close())
}
