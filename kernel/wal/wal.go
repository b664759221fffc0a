package wal

import (
	"errors"
	"fmt"

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
	// 64 MiB if zero, 1 GiB at most. Simulated hosts want it small.
	SegmentSize int64
	// MaxBatch is the most that one batch takes, in bytes, unless one record is
	// larger; 256 KiB if zero. The cost of fdatasync rises sharply above that.
	MaxBatch int
	// Salt makes checksums of new segments unpredictable, so that nobody who
	// chooses the bytes of a record can imitate a batch. Live hosts draw it at
	// random, simulated hosts by seed.
	Salt uint64
	// Unshared says that one goroutine uses the log, as a simulator does: it
	// then takes no locks.
	Unshared bool
	// Halt is called when a record that was appended cannot be read back as it
	// was written, once, before Records ends early. The host must not go on:
	// without Halt, Records panics.
	Halt func(error)
}

func (o Options) withDefaults() Options {
	if o.Dir == "" {
		o.Dir = "wal"
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = 64 << 20
	}
	o.SegmentSize = min(max(o.SegmentSize, 2*firstBatchAt), 1<<30)
	if o.MaxBatch == 0 {
		o.MaxBatch = 256 << 10
	}
	return o
}

// WAL is the write-ahead log of a host. All methods may be called from several
// goroutines; Append and Write may run while a Sync does.
//
// Once a Write or a Sync has failed the log is dead: every later call returns
// the same error, and nothing that was not yet durable may be relied upon.
type WAL struct {
	fsys disk.FS
	o    Options

	// writing is held by whoever changes files: one Write at a time. It is
	// taken before mu.
	writing disk.Mutex
	spare   disk.File // an emptied segment's file, for the next one
	copies  *batch    // of records that move, under construction
	cleaner cleaner
	marker  batch // the latest mark

	mu       disk.Mutex // guards all below, and is never held across I/O
	streams  []*Stream  // by number; those with a record at least
	byName   map[string]*Stream
	pending  []*batch // oldest first; a sealed one is being written
	free     []*batch
	segments []*segment // oldest first; the last is written to
	space    space      // that the segments take, together
	trimmed  []*Stream  // whose Trim is not in the log yet
	end      Position
	written  Position
	durable  Position
	seq      uint64 // of the last batch written
	marked   uint64 // of the last batch written, marks apart
	synced   uint64 // of the last batch known durable
	err      error
	halted   bool
}

// Stream returns the stream of that name (1 to 1024 bytes), which comes into
// being with its first record. The same name gives the same *Stream.
func (w *WAL) Stream(name string) *Stream {
	if len(name) == 0 || len(name) > maxName {
		panic(fmt.Sprintf("wal: stream name of %d bytes", len(name)))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.byName[name]
	if s == nil {
		s = w.newStream(name)
	}
	return s
}

const maxName = 1024

func (w *WAL) newStream(name string) *Stream {
	s := &Stream{w: w, name: name, id: unnumbered, first: 1, next: 1, written: 1, logged: 1}
	if w.byName == nil {
		w.byName = map[string]*Stream{}
	}
	w.byName[name] = s
	return s
}

// Position returns the end of everything appended.
func (w *WAL) Position() Position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end
}

// Written returns the end of what Write has moved to the file.
func (w *WAL) Written() Position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written
}

// Durable returns the end of what is known to be durable.
func (w *WAL) Durable() Position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.durable
}

// Buffered returns the bytes that wait for a Write. Nothing bounds them but
// the caller, who stops appending, or calls Write.
func (w *WAL) Buffered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, b := range w.pending {
		n += len(b.buf)
	}
	return n
}

// Err returns the error that the log died of, if it did.
func (w *WAL) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Size returns the bytes that segments take on the disk.
func (w *WAL) Size() int64 {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int64(0)
	for _, s := range w.segments {
		n += s.size
	}
	if w.spare != nil {
		n += w.o.SegmentSize
	}
	return n
}

// errClosed is what a log dies of that was closed in good order.
var errClosed = errors.New("wal: log is closed")

// fail makes the log dead, if it is not yet, and returns what it died of (I8).
func (w *WAL) fail(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
		w.pending, w.free, w.trimmed = nil, nil, nil
	}
	return w.err
}

// Close commits what is buffered and closes the files. A log that is dead is
// closed without; Close then returns the error that it died of.
func (w *WAL) Close() error {
	_, err := w.Commit()
	if err == nil {
		err = w.syncMark()
	}
	if died := w.fail(errClosed); err == nil && died != errClosed {
		err = died
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.segments {
		s.file.Close()
	}
	if w.spare != nil {
		w.spare.Close()
	}
	w.segments, w.spare = nil, nil
	return err
}

// current returns the segment that is written to, or nil.
func (w *WAL) current() *segment {
	if len(w.segments) == 0 {
		return nil
	}
	return w.segments[len(w.segments)-1]
}
