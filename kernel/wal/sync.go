package wal

import "github.com/parleysystems/parley/kernel/disk"

// point is a place in the log up to which a sync makes it durable.
type point struct {
	seg *segment
	seq uint64
	end Position
}

// Sync makes durable what was written before the call, and returns Durable.
func (w *WAL) Sync() (Position, error) {
	p, err := w.beginSync()
	if err != nil || p.seg == nil {
		return w.Durable(), err
	}
	return w.endSync(p, p.seg.file.Sync())
}

// Syncing is a sync that has begun.
type Syncing struct {
	w    *WAL
	to   point
	mark uint64 // of the segment's file
	err  error  // that the log was dead of already
}

// BeginSync marks the point in time at which a sync starts. A simulator lets
// the time of an fsync pass before it calls End.
func (w *WAL) BeginSync() Syncing {
	p, err := w.beginSync()
	s := Syncing{w: w, to: p, err: err}
	if p.seg != nil {
		s.mark = disk.BeginSync(p.seg.file)
	}
	return s
}

// End waits for the sync and returns what is durable then: what was written
// before BeginSync, and not what was written since. It must be called once.
func (s Syncing) End() (Position, error) {
	if s.to.seg == nil {
		return s.w.Durable(), s.err
	}
	return s.w.endSync(s.to, disk.EndSync(s.to.seg.file, s.mark))
}

// beginSync returns the end of what was written, with the segment pinned. It
// needs no earlier segment: roll has synced these. Without a segment there is
// nothing to do.
func (w *WAL) beginSync() (point, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || w.synced >= w.marked {
		return point{}, w.err
	}
	p := point{w.current(), w.seq, w.written}
	p.seg.pins++
	return p, nil
}

func (w *WAL) endSync(p point, err error) (Position, error) {
	w.mu.Lock()
	p.seg.pins--
	died := w.err
	w.mu.Unlock()
	if died != nil {
		return w.Durable(), died
	}
	if err != nil {
		return w.Durable(), w.fail(w.failure("sync", p.seg.number, 0, err))
	}
	w.settle(p)
	w.mark(p.seq)
	return w.Durable(), nil
}

// settle takes note that the log is durable up to p.
func (w *WAL) settle(p point) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.synced = max(w.synced, p.seq)
	w.durable = max(w.durable, p.end)
}

// mark writes an empty batch that says that all before it is durable, unless
// another batch has come to say so, or is just being written. Nobody waits for
// the mark to be durable itself. Without it, damage to the last synced batch
// would look like a torn tail until the next batch is written (I4).
func (w *WAL) mark(seq uint64) {
	if !w.writing.TryLock() {
		return
	}
	defer w.writing.Unlock()
	seg := w.current()
	if w.Err() != nil || w.seq != seq || seg.end+batchHeader > seg.size {
		return
	}
	w.marker = batch{buf: append(w.marker.buf[:0], noHeader[:]...), end: w.Written()}
	if err := w.put(&w.marker); err != nil {
		w.fail(err)
	}
}

// syncMark makes the last mark durable, so that after an orderly end every
// damage is told from a torn tail.
func (w *WAL) syncMark() error {
	w.writing.Lock()
	defer w.writing.Unlock()
	seg := w.current()
	if seg == nil {
		return nil
	}
	if err := seg.file.Sync(); err != nil {
		return w.fail(w.failure("sync", seg.number, 0, err))
	}
	return nil
}

// Commit is Write and Sync.
func (w *WAL) Commit() (Position, error) {
	if _, err := w.Write(); err != nil {
		return w.Durable(), err
	}
	return w.Sync()
}
