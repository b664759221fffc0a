package wal

import "github.com/parleysystems/parley/node"

// cleaner moves what is still needed out of the oldest segment, so that a
// stream that lags cannot keep the space of all others (I7).
type cleaner struct {
	credit int // bytes that may be moved
	// How far it has come in the victim's records.
	victim uint64
	stream int
	lsn    node.LSN
}

// effort is how many bytes may be moved for one that is written.
const effort = 2

// clean moves a bounded number of records from the oldest segment to the end
// of the log. They become durable with whatever sync comes next.
func (w *WAL) clean(wrote int) error {
	victim := w.victim()
	if victim == nil {
		w.cleaner.credit = 0
		return nil
	}
	if w.cleaner.victim != victim.number {
		w.cleaner = cleaner{credit: w.cleaner.credit, victim: victim.number}
	}
	w.cleaner.credit += effort * wrote
	if w.copies == nil {
		w.copies = &batch{buf: noHeader[:]}
	}
	if err := w.collect(victim); err != nil {
		return err
	}
	if len(w.copies.body()) == 0 {
		return nil
	}
	w.copies.end = w.Written()
	err := w.put(w.copies)
	w.copies.buf = w.copies.buf[:batchHeader]
	if cap(w.copies.buf) > 4*w.o.MaxBatch {
		w.copies = nil
	}
	return err
}

// victim returns the oldest segment if there is more garbage than records that
// are needed. The first two segments are free.
func (w *WAL) victim() *segment {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.segments) < 2 {
		return nil
	}
	if w.space.used <= 2*w.space.live+2*w.o.SegmentSize || w.segments[0].refs == 0 {
		return nil
	}
	return w.segments[0]
}

// collect copies runs of records while there is credit for it.
func (w *WAL) collect(victim *segment) error {
	for w.cleaner.credit > 0 && len(w.copies.buf) < w.o.MaxBatch {
		s, e, from, found := w.nextRun(victim)
		if !found {
			return nil
		}
		before := len(w.copies.buf)
		read := walker{seg: e.seg, off: int64(e.off), end: victim.end}
		for lsn := from; lsn < e.end; lsn++ {
			data, err := read.find(s.id, lsn)
			if err != nil {
				return named(err, s.name)
			}
			w.copies.buf = appendEntry(w.copies.buf, kindMoved, s.id, lsn, data)
		}
		w.cleaner.credit -= len(w.copies.buf) - before
	}
	return nil
}

// nextRun returns the next extent that lies in the victim, and the first of its
// records that is needed. Past the last stream it starts over at the next call:
// an extent whose trim is not logged yet may remain.
func (w *WAL) nextRun(victim *segment) (s *Stream, e extent, from node.LSN, found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &w.cleaner
	for ; c.stream < len(w.streams); c.stream, c.lsn = c.stream+1, 0 {
		s := w.streams[c.stream]
		for _, e := range s.index[s.index.after(max(c.lsn, s.first)):] {
			if c.lsn = e.end; e.seg == victim {
				return s, e, max(e.first, s.first), true
			}
		}
	}
	c.stream, c.lsn = 0, 0
	return nil, extent{}, 0, false
}

// reclaim gives back the oldest segments as long as nothing in them is needed:
// every record trimmed or copied, and that durable (I7).
func (w *WAL) reclaim() error {
	for {
		seg := w.detachEmpty()
		if seg == nil {
			return nil
		}
		if err := w.retire(seg); err != nil {
			return w.failure("remove", seg.number, 0, err)
		}
	}
}

func (w *WAL) detachEmpty() *segment {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.segments) < 2 {
		return nil
	}
	seg := w.segments[0]
	if seg.refs > 0 || seg.pins > 0 || seg.freeAfter > w.synced {
		return nil
	}
	w.space.used -= seg.end
	w.space.live -= seg.live
	rest := copy(w.segments, w.segments[1:])
	w.segments[rest] = nil
	w.segments = w.segments[:rest]
	return seg
}

// retire removes a segment, or makes its file the spare one. Segments go one by
// one, each durably: after a crash they are without gaps, and a file that is
// overwritten has lost its old name for good.
func (w *WAL) retire(seg *segment) error {
	name := segmentName(w.o.Dir, seg.number)
	if w.spare == nil && seg.size == w.o.SegmentSize {
		if err := w.fsys.Rename(name, w.o.Dir+"/"+spareName); err != nil {
			return err
		}
		w.spare = seg.file
		return w.fsys.SyncDir(w.o.Dir)
	}
	seg.file.Close()
	if err := w.fsys.Remove(name); err != nil {
		return err
	}
	return w.fsys.SyncDir(w.o.Dir)
}
