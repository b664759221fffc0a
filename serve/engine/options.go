package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
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
	// Busy is how long a transaction waits for others before it is given up with
	// ErrBusy: for the right to write under the serial scheme, for a lock under those
	// that lock. A minute if zero.
	Busy time.Duration
	// KeepLog says that from the next backup on the log is kept, and not only what a
	// restart needs of it: from the two, every commit can be restored though the data
	// file is lost. Each later backup lets go of what lies before it. It stays so,
	// whatever the database is opened with, until DropLog.
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

// Errors. An operation wraps them in what it was about: compare with errors.Is.
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
	// ErrEnded says that the transaction has been committed or rolled back before.
	ErrEnded = scheme.ErrEnded
	// ErrManaged says that Commit was called within Update, Transact or View, which
	// ends the transaction itself once its function has returned.
	ErrManaged = errors.New("Update, Transact and View end their transactions themselves: return nil to commit")

	// ErrKeyEmpty, ErrKeyTooLong and ErrValueTooLong say that a key or value is not
	// within the limits, which the error names. The transaction goes on without it.
	ErrKeyEmpty     = storage.ErrKeyEmpty
	ErrKeyTooLong   = storage.ErrKeyTooLong
	ErrValueTooLong = storage.ErrValueTooLong

	// ErrNotDatabase says that the files in the directory are not the engine's,
	// ErrVersion that another version of it made them.
	ErrNotDatabase = aries.ErrNotDatabase
	ErrVersion     = aries.ErrVersion
	// ErrBackup says that what is to be restored is no backup, or not all of one.
	ErrBackup = storage.ErrBackup
)

// Errors that say more: find them with errors.As.
type (
	// Abort is the error of a transaction that the scheme has decided against: it
	// left no trace, and may be tried again (Transact does).
	Abort = scheme.Abort
	// LockedError says that another process has the database.
	LockedError = disk.LockedError
	// DamageError names the page that is not as it was written.
	DamageError = page.DamageError
	// LogError names the place in the log that is not as it was written.
	LogError = wal.CorruptError
)

func opening(path string, err error) error { return fmt.Errorf("open %s: %w", path, err) }
