package engine

import (
	"errors"
	"fmt"
	"time"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Options tune a database. The zero value, and nil, are good for most.
type Options struct {
	// Memory bounds the buffer pool, in bytes; 64 MiB if zero. The database may be
	// any number of times larger.
	Memory int64
	// Versions bounds what is kept in memory for open Views, in bytes; a quarter of
	// Memory, and at most 4 MiB, if zero. What more they need goes to files in the
	// directory, up to 256 times as much, which are gone when nobody needs them.
	Versions int
	// PageSize is that of a new database, in bytes; 8192 if zero.
	PageSize int
	// Checkpoint is how many log records there are between two checkpoints; 1,000,000
	// if zero. A restart reads about twice as many.
	Checkpoint int
	// SegmentSize is the length of a file of the log, in bytes; 16 MiB if zero.
	SegmentSize int64
	// Scheme makes the concurrency control of the database while it is open; package
	// schemes (systems/txn/schemes) lists those there are by name. The files are the same
	// for all. Nil means storage.NewSerial: one writer after the other, which is best
	// for short transactions. Views read snapshots under any of them.
	Scheme func(scheme.Store) scheme.Scheme
	// Busy is how long a transaction waits for the right to write under the serial
	// scheme, before it is given up with ErrBusy; a minute if zero.
	Busy time.Duration
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
		w.Checkpoint = 1_000_000
	}
	if w.Busy == 0 {
		w.Busy = time.Minute
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
	// ErrTooOld says that what a View reads is no longer kept: more was changed beside it
	// than may be kept (Options.Versions), or the disk was full.
	ErrTooOld = scheme.ErrTooOld
	// ErrReadOnly says that a View would write.
	ErrReadOnly = scheme.ErrReadOnly
)

func opening(path string, err error) error { return fmt.Errorf("open %s: %w", path, err) }
