package wal

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/disk"
)

// Write moves all buffered records to the file, in batches of at most
// MaxBatch, and returns Written. A crash may still lose them. It also moves
// live records out of the oldest segment when the log has too much garbage,
// at most about twice as many bytes as it writes.
func (w *WAL) Write() (Position, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	for {
		more, err := w.writeNext()
		if err != nil || !more {
			return w.Written(), err
		}
	}
}

// WriteBatch is Write that stops after one batch: for a syncer that would
// rather sync 256 KiB twice than 512 KiB at once. There is more to write if
// the result is below Position.
func (w *WAL) WriteBatch() (Position, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	_, err := w.writeNext()
	return w.Written(), err
}

// writeNext writes the oldest pending batch, if there is one, and reports
// whether there is another.
func (w *WAL) writeNext() (more bool, err error) {
	b, err := w.seal()
	if b == nil || err != nil {
		return false, err
	}
	size := len(b.buf)
	if err := w.put(b); err != nil {
		return false, w.fail(err)
	}
	more = w.unqueue(b)
	if err := w.clean(size); err != nil {
		return false, w.fail(err)
	}
	if err := w.reclaim(); err != nil {
		return false, w.fail(err)
	}
	return more, nil
}

// seal closes the oldest pending batch to further records. It tells the log
// what was trimmed: only up to what earlier batches brought, so that every
// prefix of the log makes sense.
func (w *WAL) seal() (*batch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || len(w.pending) == 0 {
		return nil, w.err
	}
	b := w.pending[0]
	b.sealed = true
	rest := w.trimmed[:0]
	for _, s := range w.trimmed {
		if lsn := min(s.first, s.written); lsn > s.logged {
			b.buf = appendEntry(b.buf, kindTrim, s.id, lsn, nil)
		}
		if s.trimmed = s.first > s.written; s.trimmed {
			rest = append(rest, s)
		}
	}
	clear(w.trimmed[len(rest):])
	w.trimmed = rest
	return b, nil
}

// unqueue drops the oldest pending batch, which is in the index now.
func (w *WAL) unqueue(b *batch) (more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) == 0 {
		return false // the log has died meanwhile
	}
	rest := copy(w.pending, w.pending[1:])
	w.pending[rest] = nil
	w.pending = w.pending[:rest]
	w.recycle(b)
	return rest > 0
}

// put writes a batch behind the last one, in a new segment if there is no room
// in this, and enters its records into the index.
func (w *WAL) put(b *batch) error {
	size := align(int64(len(b.buf)), batchAlign)
	seg := w.current()
	if seg == nil || seg.end+size > seg.size {
		var err error
		if seg, err = w.roll(size); err != nil {
			return err
		}
	}
	h := header{seq: w.seq + 1, durable: w.synced64(), end: b.end}
	if _, err := seg.file.WriteAt(b.stamp(h, seg.seed), seg.end); err != nil {
		return w.failure("write", seg.number, seg.end, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.land(b, h.seq, seg)
	seg.end += size
	w.written = max(w.written, b.end)
	return nil
}

func (w *WAL) synced64() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.synced
}

// land enters what a written batch holds into the index.
func (w *WAL) land(b *batch, seq uint64, seg *segment) {
	w.seq = seq
	if len(b.body()) > 0 {
		w.marked = seq
	}
	for rest := b.body(); len(rest) > 0; {
		var e entry
		e, rest, _ = parseEntry(rest)
		if reason := w.apply(e, seq, seg, seg.end); reason != "" {
			panic("wal: wrote a batch that makes no sense: " + reason)
		}
	}
}

func (w *WAL) failure(op string, number uint64, offset int64, err error) error {
	return fmt.Errorf("wal: %s segment %d at offset %d: %w; the log is dead, and durable up to position %d",
		op, number, offset, err, w.Durable())
}

// roll begins a new segment, with room for a batch of size bytes. First it
// makes the one before durable: whoever finds a segment knows that all earlier
// ones were complete (I3).
func (w *WAL) roll(size int64) (*segment, error) {
	h := preamble{number: 1, seq: w.seq}
	if last := w.current(); last != nil {
		if err := last.file.Sync(); err != nil {
			return nil, w.failure("sync", last.number, 0, err)
		}
		h.number, h.previous = last.number+1, last.end
		w.settle(point{seq: w.seq, end: w.Written()})
	}
	h.salt = mix(w.o.Salt ^ mix(h.number))
	w.summarise(&h)
	seg, err := w.create(h, size)
	if err != nil {
		return nil, w.failure("create", h.number, 0, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.segments = append(w.segments, seg)
	w.cutTrimmed(h)
	return seg, nil
}

// summarise fills in what the segments before say of streams.
func (w *WAL) summarise(h *preamble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h.end = w.written
	for _, s := range w.streams {
		if !s.known {
			break // numbers are in the order of the log
		}
		h.streams = append(h.streams, streamState{s.name, min(s.first, s.written), s.written})
	}
}

// cutTrimmed gives up what the header of a new segment says is trimmed; it is
// durable already.
func (w *WAL) cutTrimmed(h preamble) {
	for i, state := range h.streams {
		if s := w.streams[i]; state.first > s.logged {
			s.logged = state.first
			s.index.cut(s.logged, h.seq)
		}
	}
}

// create makes the file of a segment under another name, and gives it its own
// once the header is durable: a segment that is there has a header (I3).
func (w *WAL) create(h preamble, room int64) (*segment, error) {
	p := h.marshal()
	size := max(w.o.SegmentSize, int64(len(p))+room)
	f, err := w.blank(size)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt(p, 0); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if err := w.fsys.Rename(w.o.Dir+"/"+spareName, segmentName(w.o.Dir, h.number)); err != nil {
		return nil, err
	}
	if err := w.fsys.SyncDir(w.o.Dir); err != nil {
		return nil, err
	}
	return &segment{number: h.number, file: f, seed: seedOf(h.salt), size: size, end: int64(len(p))}, nil
}

// blank returns a file of that size named spareName: the spare one, or a new
// one. Overwriting an old file is cheaper than filling reserved space, and it
// still works when the disk is full.
func (w *WAL) blank(size int64) (disk.File, error) {
	f := w.spare
	w.spare = nil
	if f == nil {
		var err error
		if f, err = w.fsys.Create(w.o.Dir + "/" + spareName); err != nil {
			return nil, err
		}
	}
	return f, f.Preallocate(size)
}
