package node

import "io"

// FS is a node's own directory of plain files, for pages and snapshots. Names
// are slash-separated and relative; directories come into being as needed.
//
// Files take no part in the output rule. A write is seen by later reads at
// once, and survives a crash for certain only after a Sync that began after it
// has completed without an error. Before that a crash keeps any part of it.
//
// What a node finds at Start is durable: what the files hold, which there are,
// and which there are not any more. The kernel sees to that, since the end of a
// process, unlike a loss of power, leaves behind what was never synced. So a
// node may trim its log by a snapshot that it found.
type FS interface {
	// Create makes an empty file, in place of one that exists. Its name survives
	// a crash once a Sync of it has completed.
	Create(name string) (File, error)
	// Open opens an existing file for reading and writing; the error wraps
	// fs.ErrNotExist if there is none.
	Open(name string) (File, error)
	// Remove deletes a file. A crash may bring it back until the next Start.
	Remove(name string) error
	// Rename gives a file another name, replacing what stood there, and runs
	// done once that will survive a crash. Until then a crash leaves the one
	// state or the other, never a mixture. A file that is open stays readable
	// when another takes its name.
	Rename(from, to string, done func(error))
	// List returns the names of all files that begin with prefix, sorted.
	List(prefix string) ([]string, error)
}

// File is an open file. ReadAt returns an error that names the file and the
// offset when the disk reports that it cannot read.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Size returns the length in bytes.
	Size() (int64, error)
	// Truncate sets the length; new bytes are zero.
	Truncate(size int64) error
	// Sync makes all earlier writes durable and then runs done on the node's
	// loop. An error is final for those writes: it is never to be retried, and
	// a node that had promised them halts its host.
	Sync(done func(error))
	Close() error
}
