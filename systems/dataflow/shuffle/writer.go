package shuffle

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	// BlockSize is the number of bytes from which on a block takes no further
	// record.
	BlockSize = 32 << 10

	header    = 8
	writeSize = 128 << 10 // bytes that are written at a time
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Part is one partition of a run.
type Part struct {
	Offset, Length int64
	Pairs          uint64
	Sum            uint32 // CRC-32C of all its bytes
}

// Run is sorted pairs, one part a partition, in a file that they may share with
// other runs.
type Run struct {
	File  io.ReaderAt // where it was written; nil if that cannot be read
	Parts []Part
}

// Input returns one part as what a Merge reads.
func (r Run) Input(part int) *io.SectionReader {
	p := r.Parts[part]
	return io.NewSectionReader(r.File, p.Offset, p.Length)
}

// Writer writes a run. Parts are written in their order, and keys in theirs.
type Writer struct {
	out    io.WriterAt
	at     int64  // of buf[0] in out
	buf    []byte // sealed blocks, and the open one from block on
	block  int    // -1 if none is open
	part   int
	parts  []Part
	failed error
}

// NewWriter writes a run to out, from offset at on.
func NewWriter(out io.WriterAt, at int64, partitions int) *Writer {
	w := &Writer{out: out, at: at, block: -1, parts: make([]Part, partitions), buf: make([]byte, 0, writeSize+BlockSize)}
	w.parts[0].Offset = at
	return w
}

// Write appends a pair to a part that is not before the latest one. It returns
// what writing failed with, then and ever after.
func (w *Writer) Write(part int, key, value []byte) error {
	if w.failed != nil {
		return w.failed
	}
	if len(key)+len(value) > MaxRecord {
		return fmt.Errorf("shuffle: a pair of %d bytes exceeds %d", len(key)+len(value), MaxRecord)
	}
	if part != w.part {
		w.enter(part)
	}
	if w.block < 0 {
		w.block = len(w.buf)
		w.buf = append(w.buf, make([]byte, header)...)
	}
	w.buf = appendRecord(w.buf, key, value)
	w.parts[w.part].Pairs++
	if len(w.buf)-w.block >= BlockSize {
		w.seal()
	}
	return w.failed
}

func (w *Writer) enter(part int) {
	if part < w.part || part >= len(w.parts) {
		panic(fmt.Sprintf("shuffle: part %d of %d is written after part %d", part, len(w.parts), w.part))
	}
	w.seal()
	for w.part < part {
		w.part++
		w.parts[w.part].Offset = w.at + int64(len(w.buf))
	}
}

// seal completes the open block, and writes what has gathered if it is much.
func (w *Writer) seal() {
	if w.block < 0 {
		return
	}
	block := w.buf[w.block:]
	binary.LittleEndian.PutUint32(block, uint32(len(block)-header))
	binary.LittleEndian.PutUint32(block[4:], crc32.Checksum(block[header:], castagnoli))
	p := &w.parts[w.part]
	p.Length += int64(len(block))
	p.Sum = crc32.Update(p.Sum, castagnoli, block)
	w.block = -1
	if len(w.buf) >= writeSize {
		w.flush()
	}
}

func (w *Writer) flush() {
	if w.failed != nil || len(w.buf) == 0 {
		return
	}
	if _, err := w.out.WriteAt(w.buf, w.at); err != nil {
		w.failed = fmt.Errorf("shuffle: write %d bytes of a run at offset %d: %w", len(w.buf), w.at, err)
		return
	}
	w.at += int64(len(w.buf))
	w.buf = w.buf[:0]
	if cap(w.buf) > 4*writeSize { // one very large record is no reason to keep its room
		w.buf = make([]byte, 0, writeSize+BlockSize)
	}
}

// Close writes what is left and returns the run.
func (w *Writer) Close() (Run, error) {
	w.enter(len(w.parts) - 1)
	w.flush()
	if w.failed != nil {
		return Run{}, w.failed
	}
	file, _ := w.out.(io.ReaderAt)
	return Run{File: file, Parts: w.parts}, nil
}

// End returns the offset behind what was written. It is valid after Close.
func (w *Writer) End() int64 { return w.at }
