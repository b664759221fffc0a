package shuffle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ReaderSize is what one reader takes of a budget, unless a single record is
// larger. A part that is shorter takes its length.
const ReaderSize = 2 * BlockSize

// Reader reads the pairs of one part of a run, in order.
type Reader struct {
	in     *io.SectionReader
	budget *Budget
	buf    []byte
	taken  int64
	at     int64  // in the section, behind what buf holds
	rest   []byte // of buf: blocks not begun
	block  []byte // of buf: records not read

	prefix     uint64
	key, value []byte
	err        error
}

// NewReader returns a reader of one part. Its buffer comes out of budget until
// Close.
func NewReader(in *io.SectionReader, budget *Budget) (*Reader, error) {
	r := &Reader{in: in, budget: budget}
	return r, r.hold(min(ReaderSize, in.Size()))
}

// hold makes the buffer n bytes long and keeps what was not read of it.
func (r *Reader) hold(n int64) error {
	if n <= int64(len(r.buf)) {
		return nil
	}
	if err := r.budget.Take("a reader", n-r.taken); err != nil {
		return err
	}
	r.taken = n
	buf := make([]byte, n)
	r.rest = buf[:copy(buf, r.rest)]
	r.buf = buf
	return nil
}

// Close gives the reader's buffer back.
func (r *Reader) Close() {
	r.budget.Give(r.taken)
	r.taken, r.buf, r.rest, r.block = 0, nil, nil, nil
}

// Next goes to the next pair; it returns false at the end, and after an error.
func (r *Reader) Next() bool {
	for len(r.block) == 0 {
		if r.err != nil || !r.nextBlock() {
			return false
		}
	}
	var err error
	if r.key, r.value, r.block, err = cutRecord(r.block); err != nil {
		r.block = nil
		return r.fail(err)
	}
	r.prefix = prefix(r.key)
	return true
}

// Key returns the current pair's key, valid until Next.
func (r *Reader) Key() []byte { return r.key }

// Value returns the current pair's value, valid until Next.
func (r *Reader) Value() []byte { return r.value }

// Err returns what ended the reading before the end of the part.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail(err error) bool {
	r.err = fmt.Errorf("shuffle: read a run, block before offset %d of %d: %w", r.at-int64(len(r.rest)), r.in.Size(), err)
	return false
}

func (r *Reader) nextBlock() bool {
	if len(r.rest) == 0 && r.at == r.in.Size() {
		return false
	}
	if !r.want(header) {
		return false
	}
	length := int64(binary.LittleEndian.Uint32(r.rest))
	if length > MaxRecord+2*BlockSize {
		return r.fail(ErrCorrupt)
	}
	if !r.want(header + length) {
		return false
	}
	sum, block := binary.LittleEndian.Uint32(r.rest[4:]), r.rest[header:header+length]
	if crc32.Checksum(block, castagnoli) != sum {
		return r.fail(ErrCorrupt)
	}
	r.block, r.rest = block, r.rest[header+length:]
	return true
}

// want has n bytes in rest.
func (r *Reader) want(n int64) bool {
	if int64(len(r.rest)) >= n {
		return true
	}
	if n-int64(len(r.rest)) > r.in.Size()-r.at {
		return r.fail(fmt.Errorf("it ends in the middle of a block: %w", ErrCorrupt))
	}
	if err := r.hold(n); err != nil {
		return r.fail(err)
	}
	kept := copy(r.buf, r.rest)
	read, err := r.in.ReadAt(r.buf[kept:min(int64(len(r.buf)), int64(kept)+r.in.Size()-r.at)], r.at)
	r.at += int64(read)
	r.rest = r.buf[:kept+read]
	if int64(len(r.rest)) >= n {
		return true
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return r.fail(err)
}
