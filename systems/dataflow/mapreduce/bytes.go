package mapreduce

import (
	"errors"
	"io"
)

// Bytes is a File in memory. The zero value is empty.
type Bytes struct{ b []byte }

// Bytes returns the contents.
func (f *Bytes) Bytes() []byte { return f.b }

// ReadAt implements io.ReaderAt.
func (f *Bytes) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	if off >= int64(len(f.b)) {
		return 0, io.EOF
	}
	n := copy(p, f.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt.
func (f *Bytes) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	if end := off + int64(len(p)); end > int64(len(f.b)) {
		f.b = append(f.b, make([]byte, end-int64(len(f.b)))...)
	}
	return copy(f.b[off:], p), nil
}
