package mapreduce

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const blockSize = 1 << 20

// DefaultMaxRecord is the longest record that is read unless Options say
// otherwise, in bytes.
const DefaultMaxRecord = 16 << 20

// blocks reads pieces of files as blocks of whole records, into one buffer that
// it uses again.
type blocks struct {
	format    Format
	inputs    string // the directory that files must lie below; any, if it is empty
	maxRecord int
	buf       []byte
}

// read calls each with the blocks of one piece.
func (b *blocks) read(number int, p piece, each func(Block) error) error {
	file, err := openInput(b.inputs, p.File)
	if err != nil {
		return fmt.Errorf("input %s: %w", p.File, unwrapPath(err))
	}
	defer file.Close()
	if err := unchanged(file, p); err != nil {
		return fmt.Errorf("input %s: %w", p.File, err)
	}
	r := &pieceReader{blocks: b, piece: p, number: number}
	if err := r.open(file); err != nil {
		return fmt.Errorf("input %s: %w", p.File, err)
	}
	defer r.close()
	return r.run(each)
}

// openInput opens a file that must lie below a directory, whatever links lead to it.
func openInput(dir, name string) (*os.File, error) {
	if dir == "" {
		return os.Open(name)
	}
	below, err := filepath.Rel(dir, name)
	if err != nil || !filepath.IsLocal(below) {
		return nil, fmt.Errorf("this worker reads files below %s only", dir)
	}
	return os.OpenInRoot(dir, below)
}

func unchanged(file *os.File, p piece) error {
	info, err := file.Stat()
	if err != nil {
		return unwrapPath(err)
	}
	if info.Size() != p.Size || !info.ModTime().Equal(p.Time) {
		return fmt.Errorf("it was changed while the job ran: %d bytes of %v, then %d bytes of %v",
			p.Size, p.Time.Format("15:04:05.000"), info.Size(), info.ModTime().Format("15:04:05.000"))
	}
	return nil
}

// pieceReader reads one piece: buf[:n] is what is read and not handed out.
type pieceReader struct {
	*blocks
	piece  piece
	number int
	in     io.Reader
	close  func()

	at    int64 // of buf[0] in the file, unpacked
	limit int64 // records that begin here or later are others'
	n     int
	ended bool
}

func (r *pieceReader) open(file *os.File) (err error) {
	r.close = func() {}
	r.limit = r.piece.Offset + r.piece.Length
	switch packed(r.piece.File) {
	case ".gz":
		r.in, err = gzip.NewReader(bufio.NewReaderSize(file, 128<<10))
		r.limit = 1 << 62
	case ".zst":
		var d *zstd.Decoder
		d, err = zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err == nil {
			r.in, r.close = d, d.Close
		}
		r.limit = 1 << 62
	default:
		r.in, r.at = file, r.piece.Offset
		if r.at > 0 && r.format.kind != fixedWidth {
			r.at-- // the byte before tells whether a record begins here
		}
		_, err = file.Seek(r.at, io.SeekStart)
	}
	return err
}

func (r *pieceReader) run(each func(Block) error) error {
	if len(r.buf) == 0 {
		r.buf = make([]byte, blockSize)
	}
	if err := r.skipOthers(); err != nil {
		return err
	}
	for {
		n, done := r.format.cut(r.buf[:r.n], r.limit-r.at)
		if !done && r.ended {
			n, done = r.n, true
			if r.format.kind == fixedWidth && n%r.format.width != 0 {
				return r.errorf("the last record has only %d of %d bytes", n%r.format.width, r.format.width)
			}
		}
		if n > 0 {
			if err := each(Block{File: r.piece.File, Offset: r.at, Piece: r.number, Data: r.buf[:n]}); err != nil {
				return err
			}
			r.drop(n)
		}
		if done {
			return nil
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// skipOthers passes over the rest of a record that began before the piece.
func (r *pieceReader) skipOthers() error {
	if r.piece.Offset == 0 || r.format.kind == fixedWidth || packed(r.piece.File) != "" {
		return nil
	}
	quoted := r.piece.Quoted // as of the piece's first byte, not of the one before
	for first := true; ; {
		if err := r.fill(); err != nil {
			return err
		}
		for i, c := range r.buf[:r.n] {
			if c == '"' && r.format.kind == csvRecords && !first {
				quoted = !quoted
			}
			first = false
			if c == '\n' && !quoted {
				r.drop(i + 1)
				return nil
			}
		}
		r.drop(r.n)
		if r.ended {
			return nil
		}
	}
}

func (r *pieceReader) drop(n int) {
	r.n = copy(r.buf, r.buf[n:r.n])
	r.at += int64(n)
}

// fill reads more, into a larger buffer if a record fills this one.
func (r *pieceReader) fill() error {
	if r.n == len(r.buf) {
		if r.n >= r.maxRecord {
			return r.errorf("the record is longer than %d bytes, which is the limit (--max-record)", r.maxRecord)
		}
		larger := make([]byte, min(2*len(r.buf), max(r.maxRecord, blockSize)))
		copy(larger, r.buf[:r.n])
		r.buf = larger
	}
	read, err := r.in.Read(r.buf[r.n:])
	r.n += read
	switch {
	case errors.Is(err, io.EOF):
		r.ended = true
	case err != nil:
		return r.errorf("read: %w", unwrapPath(err))
	}
	return nil
}

func (r *pieceReader) errorf(format string, args ...any) error {
	return fmt.Errorf("input %s, at byte %d: %w", r.piece.File, r.at, fmt.Errorf(format, args...))
}
