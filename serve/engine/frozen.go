package engine

import (
	"io"

	"github.com/parleysystems/parley/kernel/disk"
)

// frozen is a directory that stays as it is, for tools that look at a database: what
// opening its log would repair or make durable is seen to succeed, and not done.
type frozen struct{ disk.FS }

func (f frozen) Open(name string) (disk.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return frozenFile{file}, nil
}

func (f frozen) Create(name string) (disk.File, error) { return nothing{name}, nil }
func (frozen) Remove(string) error                     { return nil }
func (frozen) Rename(string, string) error             { return nil }
func (frozen) SyncDir(string) error                    { return nil }

// frozenFile is a file that is only read.
type frozenFile struct{ disk.File }

func (frozenFile) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (frozenFile) Truncate(int64) error                   { return nil }
func (frozenFile) Preallocate(int64) error                { return nil }
func (frozenFile) Sync() error                            { return nil }

// nothing is a file that is not made.
type nothing struct{ name string }

func (n nothing) Name() string                         { return n.name }
func (nothing) Size() (int64, error)                   { return 0, nil }
func (nothing) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (nothing) ReadAt([]byte, int64) (int, error)      { return 0, io.EOF }
func (nothing) Truncate(int64) error                   { return nil }
func (nothing) Preallocate(int64) error                { return nil }
func (nothing) Sync() error                            { return nil }
func (nothing) Close() error                           { return nil }
