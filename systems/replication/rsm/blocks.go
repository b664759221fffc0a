package rsm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parleysystems/parley/node"
)

// A snapshot file, all numbers little endian:
//
//	header  "PARLEYS1"  index 8  epoch 8  length of meta 4  meta  crc 4
//	block   length 4, not 0      data                       crc 4
//	...
//	end     0 4   length of all data 8                      crc 4
//
// A crc (CRC-32C) covers everything of its part before it, beginning with the
// part's offset in the file (8 bytes, not stored): a block in the wrong place
// is as wrong as one with wrong bytes.
const (
	blocksMagic = "PARLEYS1"
	blockSize   = 256 << 10
	firstRoom   = 4 << 10 // of a reader or writer; it grows to a block if need be
	maxMeta     = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrCorrupt: a snapshot does not have the bytes that were written.
var ErrCorrupt = errors.New("checksum mismatch")

// seal appends to a part its crc.
func seal(part []byte, offset int64) []byte {
	return binary.LittleEndian.AppendUint32(part, checksum(part, offset))
}

func checksum(part []byte, offset int64) uint32 {
	at := binary.LittleEndian.AppendUint64(nil, uint64(offset))
	return crc32.Update(crc32.Checksum(at, castagnoli), castagnoli, part)
}

// blockWriter cuts what is written to it into blocks.
type blockWriter struct {
	file   io.WriterAt
	offset int64
	block  []byte // 4 bytes of room for the length, then data
	total  uint64
}

// writeBlocks writes a whole snapshot. It returns nil or an error.
func writeBlocks(f io.WriterAt, h SnapshotHeader, c Capture) any {
	w := &blockWriter{file: f, block: make([]byte, 4, firstRoom)}
	head := []byte(blocksMagic)
	head = binary.LittleEndian.AppendUint64(head, uint64(h.Index))
	head = binary.LittleEndian.AppendUint64(head, h.Epoch)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(h.Meta)))
	if err := w.put(append(head, h.Meta...)); err != nil {
		return err
	}
	if _, err := c.WriteTo(w); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	end := binary.LittleEndian.AppendUint64(make([]byte, 4, 16), w.total)
	if err := w.put(end); err != nil {
		return err
	}
	return nil
}

// put writes one part, sealed.
func (w *blockWriter) put(part []byte) error {
	part = seal(part, w.offset)
	if _, err := w.file.WriteAt(part, w.offset); err != nil {
		return err
	}
	w.offset += int64(len(part))
	return nil
}

func (w *blockWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), 4+blockSize-len(w.block))
		w.block = append(w.block, p[:k]...)
		p = p[k:]
		if len(w.block) < 4+blockSize {
			break
		}
		if err := w.flush(); err != nil {
			return n - len(p), err
		}
	}
	return n, nil
}

func (w *blockWriter) flush() error {
	if len(w.block) == 4 {
		return nil
	}
	binary.LittleEndian.PutUint32(w.block, uint32(len(w.block)-4))
	w.total += uint64(len(w.block) - 4)
	err := w.put(w.block)
	w.block = w.block[:4]
	return err
}

// blockReader reads a snapshot's data back, and no byte of it unverified.
type blockReader struct {
	file   node.File
	header SnapshotHeader
	offset int64
	block  []byte // verified, not read yet
	room   []byte
	total  uint64
	ended  bool
}

func newBlockReader(f node.File) (*blockReader, error) {
	r := &blockReader{file: f, room: make([]byte, 0, firstRoom)}
	fixed := len(blocksMagic) + 20
	head, err := r.read(0, fixed)
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[fixed-4:])
	if string(head[:len(blocksMagic)]) != blocksMagic || n > maxMeta {
		return nil, r.corrupt()
	}
	if head, err = r.part(fixed + int(n)); err != nil {
		return nil, err
	}
	numbers := head[len(blocksMagic):]
	r.header = SnapshotHeader{
		Index: Index(binary.LittleEndian.Uint64(numbers)),
		Epoch: binary.LittleEndian.Uint64(numbers[8:]),
		Meta:  append([]byte(nil), numbers[20:]...),
	}
	return r, nil
}

func (r *blockReader) corrupt() error {
	return fmt.Errorf("rsm: read snapshot at byte %d: %w", r.offset, ErrCorrupt)
}

// read returns n bytes from the present offset plus skip, unverified.
func (r *blockReader) read(skip int64, n int) ([]byte, error) {
	if cap(r.room) < n {
		r.room = make([]byte, 0, n)
	}
	b := r.room[:n]
	got, err := r.file.ReadAt(b, r.offset+skip)
	switch {
	case got == n:
		return b, nil
	case err == nil || errors.Is(err, io.EOF):
		return nil, r.corrupt() // cut short
	}
	return nil, fmt.Errorf("rsm: read snapshot at byte %d: %w", r.offset, err)
}

// part reads n bytes and their crc, verifies them and moves on.
func (r *blockReader) part(n int) ([]byte, error) {
	b, err := r.read(0, n+4)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(b[n:]) != checksum(b[:n], r.offset) {
		return nil, r.corrupt()
	}
	r.offset += int64(n) + 4
	return b[:n], nil
}

func (r *blockReader) Read(p []byte) (int, error) {
	for len(r.block) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.block)
	r.block = r.block[n:]
	return n, nil
}

// next verifies the next block, or the end.
func (r *blockReader) next() error {
	head, err := r.read(0, 4)
	if err != nil {
		return err
	}
	n := int(binary.LittleEndian.Uint32(head))
	if n > blockSize {
		return r.corrupt()
	}
	if n > 0 {
		b, err := r.part(4 + n)
		if err == nil {
			r.block, r.total = b[4:], r.total+uint64(n)
		}
		return err
	}
	b, err := r.part(4 + 8)
	if err == nil && binary.LittleEndian.Uint64(b[4:]) != r.total {
		err = r.corrupt()
	}
	r.ended = err == nil
	return err
}

// drain verifies what a reader left over. State that nobody read is no state
// that was written.
func (r *blockReader) drain() error {
	n, err := io.Copy(io.Discard, r)
	if err == nil && n > 0 {
		err = fmt.Errorf("rsm: read snapshot: %d bytes were left over", n)
	}
	return err
}

type verification struct {
	header SnapshotHeader
	err    error
}

// verifyBlocks reads a whole file.
func verifyBlocks(f node.File) verification {
	r, err := newBlockReader(f)
	if err != nil {
		return verification{err: err}
	}
	_, err = io.Copy(io.Discard, r)
	return verification{r.header, err}
}
