package engine

import (
	"errors"
	"fmt"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Options tune a database. The zero value, and nil, are good for most.
type Options struct {
	// Memory bounds the buffer pool, in bytes; 64 MiB if zero. The database may be
	// any number of times larger.
	Memory int64
	// Versions bounds what is kept in memory for open Views, in bytes; a quarter of
	// Memory if zero.
	Versions int
	// PageSize is that of a new database, in bytes; 8192 if zero.
	PageSize int
	// Checkpoint is how many log records there are between two checkpoints; 100,000
	// if zero. A restart reads about twice as many.
	Checkpoint int
	// SegmentSize is the length of a file of the log, in bytes; 16 MiB if zero.
	SegmentSize int64
	// Scheme makes the concurrency control of the database; nil means
	// storage.NewSerial: one writer at a time, readers on snapshots.
	Scheme func(scheme.Store) scheme.Scheme
	// KeepLog keeps the log since the last backup, instead of what a restart needs:
	// from the two, every commit can be restored though the data file is lost.
	KeepLog bool
}

func (o *Options) withDefaults() Options {
	var w Options
	if o != nil {
		w = *o
	}
	if w.Memory == 0 {
		w.Memory = 64 << 20
	}
	if w.Checkpoint == 0 {
		w.Checkpoint = 100_000
	}
	if w.SegmentSize == 0 {
		w.SegmentSize = 16 << 20
	}
	if w.Scheme == nil {
		w.Scheme = func(s scheme.Store) scheme.Scheme { return storage.NewSerial(s) }
	}
	return w
}

// Errors. Those of systems/txn/scheme (ErrTooOld, ErrReadOnly, ErrEnded, *Abort) and
// of systems/txn/engine (ErrKeyTooLong and the like) come through as they are.
var (
	// ErrClosed says that the database is closed. Nothing was done.
	ErrClosed = storage.ErrClosed
	// ErrUnknown says that the database has failed while a commit was on its way to
	// the disk: whether it is there, the next Open finds out.
	ErrUnknown = errors.New("commit has an unknown outcome")
	// ErrTooOld says that a View took so long that what it reads is no longer kept.
	ErrTooOld = scheme.ErrTooOld
	// ErrReadOnly says that a View would write.
	ErrReadOnly = scheme.ErrReadOnly
)

func opening(path string, err error) error { return fmt.Errorf("open %s: %w", path, err) }
