package wal

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// MaxRecord is the most bytes that a record may have.
const MaxRecord = 64 << 20

// unnumbered is the number of a stream that has no record yet.
const unnumbered = maxStreams

// Stream is one named stream of a log; it is the node.Log of one node. The
// log's mutex guards it.
type Stream struct {
	w       *WAL
	name    string
	id      uint32
	known   bool     // the record with the name was written
	first   node.LSN // as the caller wants it
	logged  node.LSN // as the log has it: at most first
	next    node.LSN
	written node.LSN // the first that is not in a segment yet
	index   index
	due     cut  // goes to the log next; none if its before is 0
	later   cut  // replaces due when that is in the log
	trimmed bool // waits in WAL.trimmed
}

// cut is a Trim that is not in the log yet.
type cut struct {
	before node.LSN
	asked  Position // the end of the log at the time
}

var _ node.Log = (*Stream)(nil)

// Name returns the name that the stream was asked for by.
func (s *Stream) Name() string { return s.name }

// Append copies record into the log's buffer and returns its number. It does
// not fail: on a dead log the record is dropped, as the next Write tells.
func (s *Stream) Append(record []byte) node.LSN {
	if len(record) > MaxRecord {
		panic(fmt.Sprintf("wal: record of %d bytes for stream %q; the most is %d", len(record), s.name, MaxRecord))
	}
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	lsn := s.next
	s.next++
	w.end++
	if w.err != nil {
		return lsn
	}
	if s.id == unnumbered {
		w.introduce(s)
	}
	b := w.roomFor(recordHeader + len(record))
	b.buf = appendEntry(b.buf, kindData, s.id, lsn, record)
	b.end = w.end
	return lsn
}

// introduce numbers a stream, ahead of its first record. Numbers are given in
// the order in which names stand in the log.
func (w *WAL) introduce(s *Stream) {
	if len(w.streams) >= maxStreams {
		panic("wal: too many streams")
	}
	s.id = uint32(len(w.streams))
	w.streams = append(w.streams, s)
	b := w.roomFor(recordHeader + len(s.name))
	b.buf = appendEntry(b.buf, kindName, s.id, 0, []byte(s.name))
	b.end = w.end - 1
}

// roomFor returns the batch that takes the next n bytes.
func (w *WAL) roomFor(n int) *batch {
	if k := len(w.pending) - 1; k >= 0 {
		b := w.pending[k]
		if !b.sealed && len(b.buf)+n <= w.o.MaxBatch {
			return b
		}
	}
	b := w.newBatch()
	w.pending = append(w.pending, b)
	return b
}

var noHeader [batchHeader]byte

func (w *WAL) newBatch() *batch {
	if k := len(w.free) - 1; k >= 0 {
		b := w.free[k]
		w.free = w.free[:k]
		return b
	}
	return &batch{buf: noHeader[:]} // full: the first append copies it
}

// recycle keeps a few buffers, so that appending allocates nothing.
func (w *WAL) recycle(b *batch) {
	if len(w.free) < maxFree && cap(b.buf) <= 4*w.o.MaxBatch {
		*b = batch{buf: b.buf[:batchHeader]}
		w.free = append(w.free, b)
	}
}

// maxFree is what a writer with two batches in flight needs, and one to fill.
const maxFree = 3

// First returns the number of the oldest record kept.
func (s *Stream) First() node.LSN {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.first
}

// Next returns the number that the next record will get.
func (s *Stream) Next() node.LSN {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.next
}

// Trim gives up the records before the one numbered before, or all if that is
// beyond Next. This becomes durable with some later Sync, and not ahead of
// what was appended before: a crash may bring the records back, but never
// takes them and what replaced them.
func (s *Stream) Trim(before node.LSN) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	before = min(before, s.next)
	if before <= s.first {
		return
	}
	s.first = before
	if w.err != nil {
		return
	}
	if c := (cut{before, w.end}); s.due.before == 0 {
		s.due = c
	} else {
		s.later = c
	}
	if !s.trimmed {
		s.trimmed = true
		w.trimmed = append(w.trimmed, s)
	}
}

// ripe tells whether what is written next may say the cut that is due: all
// that was appended ahead of the Trim is written.
func (s *Stream) ripe() bool { return s.due.before > 0 && s.due.asked <= s.w.written }
