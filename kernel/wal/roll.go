package wal

import "github.com/parleysystems/parley/kernel/disk"

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
	w.space.used += seg.end
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
		first := s.logged
		if s.ripe() {
			first = max(first, s.due.before)
		}
		h.streams = append(h.streams, streamState{s.name, first, s.written})
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
	return &segment{number: h.number, file: f, seed: seedOf(h.salt), size: size, end: int64(len(p)), all: &w.space}, nil
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
