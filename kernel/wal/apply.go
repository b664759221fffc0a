package wal

import "fmt"

// apply enters a record of batch seq, which begins at off in a segment, into
// the index. Write and Open both come here, so that a recovered log is the one
// that was written. It returns what is wrong with the record, or "".
func (w *WAL) apply(e entry, seq uint64, seg *segment, off int64) string {
	if e.kind == kindName {
		return w.applyName(e)
	}
	if int(e.stream) >= len(w.streams) {
		return fmt.Sprintf("record of an unknown stream %d", e.stream)
	}
	s := w.streams[e.stream]
	r := extent{first: e.lsn, end: e.lsn + 1, seg: seg, off: uint32(off), size: uint32(e.size())}
	switch {
	case e.kind == kindData && e.lsn == s.written:
		s.written++
		s.index.add(r)
	case e.kind == kindMoved && e.lsn < s.written:
		if e.lsn >= s.logged {
			s.index.move(r, seq)
		}
	case e.kind == kindTrim && e.lsn <= s.written:
		if e.lsn > s.logged {
			s.logged = e.lsn
			s.index.cut(e.lsn, seq)
		}
	default:
		return fmt.Sprintf("record of kind %d numbered %d, where the stream ends before %d", e.kind, e.lsn, s.written)
	}
	return ""
}

// applyName makes a stream known: one that introduce has numbered, or, while
// the log is recovered, a new one.
func (w *WAL) applyName(e entry) string {
	name := string(e.data)
	if len(name) == 0 || len(name) > maxName {
		return fmt.Sprintf("stream name of %d bytes", len(name))
	}
	s := w.byName[name]
	if s == nil {
		if int(e.stream) != len(w.streams) {
			return fmt.Sprintf("stream %q numbered %d after %d streams", name, e.stream, len(w.streams))
		}
		s = w.newStream(name)
		s.id = e.stream
		w.streams = append(w.streams, s)
	}
	if s.id != e.stream || s.known {
		return fmt.Sprintf("stream %q is introduced twice", name)
	}
	s.known = true
	return ""
}
