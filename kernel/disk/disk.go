package disk

import "io"

// FS is a directory tree of files, as kernels see it: calls block. Names are
// slash-separated and relative; directories come into being as needed. Unlike
// node.FS it may be called from several goroutines, on different files.
type FS interface {
	// Create makes an empty file, in place of one that exists.
	Create(name string) (File, error)
	// Open opens an existing file for reading and writing; the error wraps
	// fs.ErrNotExist if there is none.
	Open(name string) (File, error)
	// Remove deletes a file; this is durable once SyncDir has returned.
	Remove(name string) error
	// Rename replaces what stood at to; this is durable once SyncDir has
	// returned, and until then a crash leaves one state or the other.
	Rename(from, to string) error
	// SyncDir makes the creation, renaming and removal of files durable.
	SyncDir(dir string) error
	// List returns the names of all files that begin with prefix, sorted.
	List(prefix string) ([]string, error)
}

// File is an open file. Errors name the file, the operation and the offset.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Name returns the name that it was opened by.
	Name() string
	// Size returns the length in bytes.
	Size() (int64, error)
	// Truncate sets the length; new bytes are zero.
	Truncate(size int64) error
	// Preallocate reserves space up to size and extends the file to it with
	// zeroes, so that later writes below size need not change metadata.
	Preallocate(size int64) error
	// Sync makes all writes durable that returned before it was called. Once it
	// has failed, every later Sync of the file fails: what the cache held may
	// be gone, and asking again would hide that.
	Sync() error
}
