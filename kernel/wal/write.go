package wal

import "fmt"

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
		if s.ripe() {
			if s.due.before > s.logged {
				b.buf = appendEntry(b.buf, kindTrim, s.id, s.due.before, nil)
			}
			s.due, s.later = s.later, cut{}
		}
		if s.trimmed = s.due.before > 0; s.trimmed {
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
	h := header{seq: w.seq + 1, durable: w.lastSynced(), end: b.end}
	if _, err := seg.file.WriteAt(b.stamp(h, seg.seed), seg.end); err != nil {
		return w.failure("write", seg.number, seg.end, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.land(b, h.seq, seg)
	seg.extend(size)
	w.written = max(w.written, b.end)
	return nil
}

func (w *WAL) lastSynced() uint64 {
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
