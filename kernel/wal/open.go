package wal

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/disk"
)

// Open recovers the log in fsys, or begins one. A torn tail, which only writes
// that were never synced can leave, is cut. Damage to anything else gives a
// *CorruptError and leaves the files as they are. What Open recovered is
// durable when it returns.
func Open(fsys disk.FS, o Options) (*WAL, error) {
	w := &WAL{fsys: fsys, o: o.withDefaults()}
	w.writing.Off, w.mu.Off = o.Unshared, o.Unshared
	if err := w.open(); err != nil {
		for _, s := range w.segments {
			s.file.Close()
		}
		return nil, err
	}
	return w, nil
}

func (w *WAL) open() error {
	numbers, err := w.listSegments()
	if err != nil || len(numbers) == 0 {
		return err
	}
	for i, number := range numbers {
		if number != numbers[0]+uint64(i) {
			return &CorruptError{Segment: number - 1, Reason: "the file is missing"}
		}
		if err := w.recoverSegment(number, i == len(numbers)-1); err != nil {
			return err
		}
	}
	if err := w.checkIndex(); err != nil {
		return err
	}
	return w.begin()
}

// listSegments returns the numbers of the segments, and removes a file that was
// on its way to become one.
func (w *WAL) listSegments() ([]uint64, error) {
	names, err := w.fsys.List(w.o.Dir + "/")
	if err != nil {
		return nil, fmt.Errorf("wal: list segments: %w", err)
	}
	var numbers []uint64
	for _, name := range names {
		if number, ok := segmentNumber(w.o.Dir, name); ok {
			numbers = append(numbers, number)
		}
		if name == w.o.Dir+"/"+spareName {
			if err := w.fsys.Remove(name); err != nil {
				return nil, fmt.Errorf("wal: remove an unfinished segment: %w", err)
			}
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// recoverSegment opens a segment and enters all its records into the index.
func (w *WAL) recoverSegment(number uint64, last bool) error {
	name := segmentName(w.o.Dir, number)
	f, err := w.fsys.Open(name)
	if err != nil {
		return fmt.Errorf("wal: open segment %d: %w", number, err)
	}
	seg := &segment{number: number, file: f, all: &w.space}
	w.segments = append(w.segments, seg)
	if seg.size, err = f.Size(); err != nil {
		return fmt.Errorf("wal: size of segment %d: %w", number, err)
	}
	h, batches, err := readPreamble(f, seg.size)
	if err == nil && h.number != number {
		err = fmt.Errorf("it belongs to segment %d", h.number)
	}
	if err != nil {
		return &CorruptError{Segment: number, Reason: "bad header", Err: err}
	}
	if err := w.adopt(h); err != nil {
		return err
	}
	seg.seed = seedOf(h.salt)
	seg.extend(batches)
	return w.scan(seg, last)
}

// adopt starts from the header of the oldest segment, and compares those of
// later ones with what was found in between: a segment that ends early was cut
// by something other than a crash.
func (w *WAL) adopt(h preamble) error {
	if len(w.segments) == 1 {
		w.seq, w.written = h.seq, h.end
		return w.adoptStreams(h)
	}
	before := w.segments[len(w.segments)-2]
	if h.previous != before.end || h.seq != w.seq || h.end != w.written || len(h.streams) != len(w.streams) {
		return &CorruptError{
			Segment: before.number, Offset: before.end, Stream: w.streamOf(before, before.end),
			Reason: fmt.Sprintf("it ends there, after batch %d, and not at %d after batch %d", w.seq, h.previous, h.seq),
		}
	}
	for i, state := range h.streams {
		if s := w.streams[i]; s.name != state.name || s.written != state.next || state.first > state.next {
			return &CorruptError{Segment: h.number, Stream: state.name, Reason: "the header contradicts the records before it"}
		}
	}
	w.cutTrimmed(h)
	return nil
}

func (w *WAL) adoptStreams(h preamble) error {
	for i, state := range h.streams {
		e := entry{kind: kindName, stream: uint32(i), data: []byte(state.name)}
		if reason := w.apply(e, h.seq, nil, 0); reason != "" || state.first < 1 || state.first > state.next {
			return &CorruptError{Segment: h.number, Stream: state.name, Reason: "bad header"}
		}
		s := w.streams[i]
		s.first, s.logged, s.written = state.first, state.first, state.next
	}
	return nil
}

// scan applies the batches of a segment up to the first damaged one, and then
// decides what that means.
func (w *WAL) scan(seg *segment, last bool) error {
	r := window{file: seg.file, size: seg.size}
	for {
		p, err := r.bytes(seg.end, batchHeader)
		if err != nil {
			return w.unreadable(seg, err)
		}
		h, ok := parseHeader(p, seg.seed)
		if !ok || h.seq != w.seq+1 {
			return w.damaged(seg, &r, last)
		}
		p, err = r.bytes(seg.end, h.size())
		if err != nil {
			return w.unreadable(seg, err)
		}
		//parley:rule wal.torn-record.checksum value=int64(len(p))<h.size()
		if int64(len(p)) < h.size() || h.crc != checksum(seg.seed, p[batchHeader:][:h.body]) {
			return w.damaged(seg, &r, last)
		}
		if err := w.applyBatch(seg, h, p[batchHeader:][:h.body]); err != nil {
			return err
		}
		seg.extend(h.size())
	}
}

func (w *WAL) unreadable(seg *segment, err error) error {
	return &CorruptError{Segment: seg.number, Offset: seg.end, Reason: "cannot be read", Err: err}
}

// applyBatch enters a batch that is as it was written. What makes no sense in
// it is corrupt, and not torn.
func (w *WAL) applyBatch(seg *segment, h header, body []byte) error {
	for len(body) > 0 {
		e, rest, ok := parseEntry(body)
		reason := "a record longer than its batch"
		if ok {
			reason = w.apply(e, h.seq, seg, seg.end)
		}
		if reason != "" {
			return &CorruptError{Segment: seg.number, Offset: seg.end, Reason: reason}
		}
		body = rest
	}
	if h.end < w.written {
		return &CorruptError{Segment: seg.number, Offset: seg.end, Reason: "position goes back"}
	}
	if h.body > 0 {
		w.marked = h.seq
	}
	w.seq, w.written = h.seq, h.end
	w.synced = max(w.synced, h.durable)
	return nil
}

// checkIndex makes sure that every record that was not trimmed was found.
func (w *WAL) checkIndex() error {
	for _, s := range w.streams {
		if lsn, found := s.index.gap(s.logged, s.written); found {
			return &CorruptError{
				Segment: w.segments[0].number, Stream: s.name,
				Reason: fmt.Sprintf("record %d is in no segment from this one on", lsn),
			}
		}
		s.first, s.next = s.logged, s.written
	}
	return nil
}

// begin makes durable what was recovered, before anyone acts upon it: after the
// end of a process, as opposed to the machine's, it may be in a cache only (I5).
func (w *WAL) begin() error {
	w.end = w.written
	if err := w.fsys.SyncDir(w.o.Dir); err != nil {
		return fmt.Errorf("wal: sync directory: %w", err)
	}
	seg := w.current()
	if err := seg.file.Sync(); err != nil {
		return w.failure("sync", seg.number, 0, err)
	}
	w.settle(point{seq: w.seq, end: w.written})
	if w.seq == w.marked {
		w.mark(w.seq)
	}
	if w.err != nil {
		return w.err
	}
	return w.reclaim()
}
