package wal

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/node"
)

// FuzzOpenForged gives Open a batch with the right checksums and any records:
// what a bug of another version, or an enemy with the disk, may leave.
func FuzzOpenForged(f *testing.F) {
	body := appendEntry(nil, kindName, 0, 0, []byte("s"))
	body = appendEntry(body, kindData, 0, 1, []byte("one"))
	body = appendEntry(body, kindMoved, 0, 1, []byte("one"))
	body = appendEntry(body, kindTrim, 0, 2, nil)
	f.Add(body, uint64(1), uint64(0))
	f.Fuzz(func(t *testing.T, body []byte, end, durable uint64) {
		h := preamble{number: 1, salt: 5}
		b := batch{buf: append(make([]byte, batchHeader), body...)}
		p := append(h.marshal(), b.stamp(header{seq: 1, durable: durable, end: Position(end)}, seedOf(h.salt))...)
		d := disk.NewFaulty()
		file, err := d.Create(segmentName("wal", 1))
		if err == nil {
			_, err = file.WriteAt(p, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		readAll(d)
	})
}

// FuzzOpenForgedHeader does the same with the stream table of a segment.
func FuzzOpenForgedHeader(f *testing.F) {
	f.Add(preamble{number: 1, streams: []streamState{{"s", 1, 2}}}.marshal())
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < segmentHeader {
			return
		}
		p = append([]byte(nil), p...)
		copy(p, segmentMagic)
		if n := binary.LittleEndian.Uint32(p[12:]); n >= segmentHeader && int(n) <= len(p) {
			binary.LittleEndian.PutUint32(p[8:], crc32.Checksum(p[12:n], castagnoli))
		}
		d := disk.NewFaulty()
		file, err := d.Create(segmentName("wal", 1))
		if err == nil {
			_, err = file.WriteAt(p, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		readAll(d)
	})
}

// readAll opens a log that may be refused, and reads what it serves.
func readAll(d *disk.Faulty) {
	w, err := Open(d, Options{SegmentSize: 2048, Halt: func(error) {}})
	if err != nil {
		return
	}
	for _, s := range w.streams {
		last := node.LSN(0)
		for lsn := range s.Records(0) {
			last = lsn
		}
		if w.Err() == nil && last+1 != s.Next() && s.First() != s.Next() {
			panic("records end early")
		}
	}
}
