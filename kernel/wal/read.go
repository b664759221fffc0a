package wal

import (
	"fmt"
	"iter"

	"github.com/parleysystems/parley/node"
)

// Records reads the stream back, buffered records included, from the one
// numbered from, or First if that is later. The body of the loop may append
// and trim. Slices stay valid. A record that cannot be read as it was written
// kills the log, calls Options.Halt and ends the sequence.
func (s *Stream) Records(from node.LSN) iter.Seq2[node.LSN, []byte] {
	return func(yield func(node.LSN, []byte) bool) {
		r := reader{s: s}
		for lsn := from; ; lsn++ {
			var data []byte
			var ok bool
			if lsn, data, ok = r.read(lsn); !ok || !yield(lsn, data) {
				return
			}
		}
	}
}

// reader reads records of one stream in order.
type reader struct {
	s      *Stream
	walker walker
	from   extent // that walker is in
	// buffered holds copies of records that were not in a segment yet.
	buffered []byte
}

// read returns the record numbered lsn, or the first one kept if that is
// later. It reports false at the end of the stream.
func (r *reader) read(lsn node.LSN) (node.LSN, []byte, bool) {
	w := r.s.w
	w.mu.Lock()
	lsn = max(lsn, r.s.first)
	if err := w.err; err != nil {
		w.mu.Unlock()
		w.halt(err)
		return lsn, nil, false
	}
	if lsn >= r.s.next {
		w.mu.Unlock()
		return lsn, nil, false
	}
	if lsn >= r.s.written {
		data := r.fromBuffer(lsn)
		w.mu.Unlock()
		return lsn, data, true
	}
	e, found := r.s.index.find(lsn)
	if !found {
		panic(fmt.Sprintf("wal: no place known for record %d of stream %q", lsn, r.s.name))
	}
	e.seg.pins++
	end := e.seg.end
	w.mu.Unlock()
	data, err := r.fromSegment(e, end, lsn)
	w.mu.Lock()
	e.seg.pins--
	w.mu.Unlock()
	if err != nil {
		w.halt(w.fail(named(err, r.s.name)))
		return lsn, nil, false
	}
	return lsn, data, true
}

// fromSegment goes on where the record before was found, if that was in the
// same extent and the extent did not move.
func (r *reader) fromSegment(e extent, end int64, lsn node.LSN) ([]byte, error) {
	if r.from.seg != e.seg || r.from.off != e.off || r.from.first > lsn {
		r.walker, r.from = walker{seg: e.seg, off: int64(e.off)}, e
	}
	r.walker.end = end
	return r.walker.find(r.s.id, lsn)
}

// fromBuffer returns a record that is in no segment yet. At the first it copies
// all of the stream's, since their buffer is used again once it is written.
func (r *reader) fromBuffer(lsn node.LSN) []byte {
	for fresh := len(r.buffered) == 0; ; fresh = true {
		if fresh {
			r.buffered = r.s.unwritten(lsn)
		}
		for len(r.buffered) > 0 {
			var e entry
			e, r.buffered, _ = parseEntry(r.buffered)
			if e.lsn == lsn {
				return e.data
			}
		}
		if fresh {
			panic(fmt.Sprintf("wal: record %d of stream %q is neither written nor buffered", lsn, r.s.name))
		}
	}
}

// unwritten returns copies of the stream's pending records, of lsn and later.
func (s *Stream) unwritten(lsn node.LSN) []byte {
	var p []byte
	for _, b := range s.w.pending {
		for rest := b.body(); len(rest) > 0; {
			var e entry
			e, rest, _ = parseEntry(rest)
			if e.kind == kindData && e.stream == s.id && e.lsn >= lsn {
				p = appendEntry(p, kindData, s.id, e.lsn, e.data)
			}
		}
	}
	return p
}

// halt tells the host that it must not go on, once.
func (w *WAL) halt(err error) {
	w.mu.Lock()
	first := !w.halted
	w.halted = true
	w.mu.Unlock()
	switch {
	case w.o.Halt == nil:
		panic(err)
	case first:
		w.o.Halt(err)
	}
}
