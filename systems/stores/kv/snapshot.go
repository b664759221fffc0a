package kv

import (
	"bufio"
	"encoding/binary"
	"io"
)

// A snapshot is
//
//	magic     "parley kv 1\n"
//	uvarints  revision, compacted, swept main, sub, trimmed main, sub
//	uvarint   number of alarms;    of each: uvarints kind, member
//	uvarint   number of leases;    of each: uvarints ID, TTL, generation; by ID
//	uvarint   number of live versions; of each: uvarint length, bytes; by key
//	uvarint   number of past versions; the same; by key, newest first
//	8 bytes   digest, little endian
//
// There is one way to write a state, so equal states give equal bytes.
const magic = "parley kv 1\n"

// WriteTo writes the pinned state.
func (p *Pinned) WriteTo(out io.Writer) (int64, error) {
	w := &snapshotWriter{Writer: bufio.NewWriterSize(out, 64<<10)}
	w.WriteString(magic)
	w.n = int64(len(magic))
	w.numbers(uint64(p.rev), uint64(p.compacted), uint64(p.swept.main), p.swept.sub, uint64(p.trimmed.main), p.trimmed.sub)
	w.numbers(uint64(len(p.alarms)))
	for _, a := range p.alarms {
		w.numbers(uint64(a.Kind), a.Member)
	}
	w.numbers(uint64(p.leases.Len()))
	p.leases.Scan(func(l lease) bool { return w.numbers(uint64(l.id), uint64(l.ttl), l.generation) })
	w.versions(p.live)
	w.versions(p.history)
	w.bytes(binary.LittleEndian.AppendUint64(nil, p.condense()))
	return w.n, w.Flush()
}

// snapshotWriter counts. Its errors stick in the bufio.Writer.
type snapshotWriter struct {
	*bufio.Writer
	n int64
}

func (w *snapshotWriter) bytes(b []byte) bool {
	n, err := w.Write(b)
	w.n += int64(n)
	return err == nil
}

func (w *snapshotWriter) numbers(ns ...uint64) (ok bool) {
	for _, n := range ns {
		ok = w.bytes(binary.AppendUvarint(w.AvailableBuffer(), n))
	}
	return ok
}

func (w *snapshotWriter) versions(t *tree) {
	w.numbers(uint64(t.len()))
	t.all(func(v version) bool {
		w.numbers(uint64(len(v)))
		n, err := w.WriteString(string(v))
		w.n += int64(n)
		return err == nil
	})
}
