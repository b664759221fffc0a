package wal

import (
	"github.com/parleysystems/parley/kernel/disk"
)

// Position counts the records appended to a log, over all its streams: the
// position P is reached once the first P records are. It grows with every
// Append, and goes on after Open where the recovered log ends.
type Position uint64

// Options tune a log. The zero value is good for a host with a disk of its own.
type Options struct {
	// Dir is the directory of the segments; "wal" if empty.
	Dir string
	// SegmentSize is the length that segments are preallocated to, in bytes;
	// 64 MiB if zero. Simulated hosts want it small.
	SegmentSize int64
	// MaxBatch is the most that one batch takes, in bytes, unless one record is
	// larger; 256 KiB if zero. The cost of fdatasync rises sharply above that.
	MaxBatch int
	// Salt makes checksums of new segments unpredictable, so that nobody who
	// chooses the bytes of a record can imitate a batch. Live hosts draw it at
	// random, simulated hosts by seed.
	Salt uint64
	// Halt is called when a record that was appended cannot be read back as it
	// was written, once, before Records ends early. The host must not go on.
	Halt func(error)
}

// WAL is the write-ahead log of a host. All methods may be called from several
// goroutines; Append and Write may run while a Sync does.
//
// Once a Write or a Sync has failed the log is dead: every later call returns
// the same error, and nothing that was not yet durable may be relied upon.
type WAL struct{}

// Open recovers the log in fsys, or begins one. A torn tail, which only writes
// that were never synced can leave, is cut. Damage to anything else gives a
// *CorruptError and leaves the files as they are. What Open recovered is
// durable when it returns.
func Open(fsys disk.FS, o Options) (*WAL, error) { panic("todo") }

// Stream returns the stream of that name (1 to 1024 bytes), which comes into being with its
// first record. The same name gives the same *Stream.
func (w *WAL) Stream(name string) *Stream { panic("todo") }

// Position returns the end of everything appended.
func (w *WAL) Position() Position { panic("todo") }

// Written returns the end of what Write has moved to the file.
func (w *WAL) Written() Position { panic("todo") }

// Durable returns the end of what is known to be durable.
func (w *WAL) Durable() Position { panic("todo") }

// Buffered returns the bytes that wait for a Write. Nothing bounds them but
// the caller, who stops appending, or calls Write.
func (w *WAL) Buffered() int { panic("todo") }

// Write moves all buffered records to the file, in batches of at most
// MaxBatch, and returns Written. A crash may still lose them. It also moves
// live records out of the oldest segment when the log has too much garbage,
// at most about twice as many bytes as it writes.
func (w *WAL) Write() (Position, error) { panic("todo") }

// WriteBatch is Write that stops after one batch: for a syncer that would
// rather sync 256 KiB twice than 512 KiB at once. There is more to write if
// the result is below Position.
func (w *WAL) WriteBatch() (Position, error) { panic("todo") }

// Sync makes durable what was written before the call, and returns Durable.
func (w *WAL) Sync() (Position, error) { return w.BeginSync()() }

// BeginSync marks the point in time at which a sync starts; finish waits for
// it and returns what is durable then: what was written before BeginSync, and
// not what was written between the two. A simulator lets the time of an fsync
// pass between them.
func (w *WAL) BeginSync() (finish func() (Position, error)) { panic("todo") }

// Commit is Write and Sync.
func (w *WAL) Commit() (Position, error) { panic("todo") }

// Err returns the error that the log died of, if it did.
func (w *WAL) Err() error { panic("todo") }

// Size returns the bytes that segments take on the disk.
func (w *WAL) Size() int64 { panic("todo") }

// Close commits what is buffered and closes the files. A log that is dead is
// closed without; Close then returns the error that it died of.
func (w *WAL) Close() error { panic("todo") }
