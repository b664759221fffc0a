package wal_test

import (
	"errors"

	"github.com/parleysystems/parley/kernel/disk"
)

var errBlown = errors.New("the power went")

// fuse is a disk whose power goes after a number of operations that change
// something: to crash in the middle of a call. -1 means never.
type fuse struct {
	disk.FS
	left  int
	bytes int // written so far
}

func (f *fuse) spend() error {
	switch f.left {
	case -1:
		return nil
	case 0:
		return errBlown
	}
	f.left--
	return nil
}

func (f *fuse) Create(name string) (disk.File, error) {
	if err := f.spend(); err != nil {
		return nil, err
	}
	file, err := f.FS.Create(name)
	return &fusedFile{file, f}, err
}

func (f *fuse) Open(name string) (disk.File, error) {
	file, err := f.FS.Open(name)
	return &fusedFile{file, f}, err
}

func (f *fuse) Remove(name string) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

func (f *fuse) Rename(from, to string) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

func (f *fuse) SyncDir(dir string) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.FS.SyncDir(dir)
}

type fusedFile struct {
	disk.File
	fuse *fuse
}

func (f *fusedFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.fuse.spend(); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], off)
		return n, err
	}
	f.fuse.bytes += len(p)
	return f.File.WriteAt(p, off)
}

func (f *fusedFile) Truncate(size int64) error {
	if err := f.fuse.spend(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *fusedFile) Preallocate(size int64) error {
	if err := f.fuse.spend(); err != nil {
		return err
	}
	return f.File.Preallocate(size)
}

func (f *fusedFile) Sync() error { return f.EndSync(f.BeginSync()) }

func (f *fusedFile) BeginSync() uint64 { return disk.BeginSync(f.File) }

func (f *fusedFile) EndSync(mark uint64) error {
	if err := f.fuse.spend(); err != nil {
		return err
	}
	return disk.EndSync(f.File, mark)
}
