package wal

import (
	"hash/crc32"
	"io"

	"github.com/parleysystems/parley/kernel/disk"
)

// window reads a file from front to back through one buffer.
type window struct {
	file  disk.File
	size  int64
	buf   []byte
	start int64 // of buf in the file
}

const windowSize = 256 << 10

// bytes returns n bytes at off, fewer at the end of the file. They are valid
// until the next call.
func (r *window) bytes(off, n int64) ([]byte, error) {
	n = max(0, min(n, r.size-off))
	if off < r.start || off+n > r.start+int64(len(r.buf)) {
		if err := r.load(off, max(n, min(windowSize, r.size-off))); err != nil {
			return nil, err
		}
	}
	return r.buf[off-r.start:][:n], nil
}

func (r *window) load(off, n int64) error {
	if int64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	r.buf, r.start = r.buf[:max(0, n)], off
	got, err := r.file.ReadAt(r.buf, off)
	r.buf = r.buf[:got]
	if err == io.EOF && int64(got) == n {
		err = nil
	}
	return err
}

func checksum(seed uint32, p []byte) uint32 { return crc32.Update(seed, castagnoli, p) }
