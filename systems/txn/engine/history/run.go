package history

import (
	"errors"
	"fmt"
	"iter"

	"github.com/parleysystems/parley/node"
)

// Run is a file of entries. Many may read it at a time.
type Run struct {
	fs     node.FS
	name   string
	file   node.File
	blocks []block
	size   int64
}

// block is a block of a run.
type block struct {
	first  string // the key that it begins with
	offset int64
	length int
}

// blockSize is how long a block is at least, but for the last, in bytes, and
// writeSize how much is written at a time.
const (
	blockSize = 4 << 10
	writeSize = 256 << 10
)

// Write makes a run of entries, which come in order (H1). If it returns an error there
// is none.
func Write(fs node.FS, name string, entries iter.Seq[Entry]) (*Run, error) {
	f, err := fs.Create(name)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	r := &Run{fs: fs, name: name, file: f}
	if err := r.write(entries); err != nil {
		return nil, fmt.Errorf("history: %w", errors.Join(err, r.Drop()))
	}
	return r, nil
}

func (r *Run) write(entries iter.Seq[Entry]) error {
	buf := make([]byte, 0, writeSize+blockSize)
	begin := 0 // of the present block, in buf
	for e := range entries {
		if len(buf) == begin {
			r.blocks = append(r.blocks, block{first: string(e.Key), offset: r.size + int64(begin)})
			buf = append(buf, make([]byte, head)...)
		}
		buf = appendEntry(buf, &e)
		if len(buf)-begin < blockSize {
			continue
		}
		r.end(buf[begin:])
		if begin = len(buf); begin >= writeSize {
			if err := r.flush(buf); err != nil {
				return err
			}
			buf, begin = buf[:0], 0
		}
	}
	if len(buf) > begin {
		r.end(buf[begin:])
	}
	return r.flush(buf)
}

// end ends the present block.
func (r *Run) end(b []byte) {
	seal(b)
	r.blocks[len(r.blocks)-1].length = len(b)
}

func (r *Run) flush(b []byte) error {
	_, err := r.file.WriteAt(b, r.size)
	r.size += int64(len(b))
	return err
}

// Size returns how long the file is, in bytes.
func (r *Run) Size() int64 { return r.size }

// Drop closes the file and deletes it. Nobody reads it any more.
func (r *Run) Drop() error { return errors.Join(r.file.Close(), r.fs.Remove(r.name)) }

// read returns the entries of a block.
func (r *Run) read(i int) ([]Entry, error) {
	b := make([]byte, r.blocks[i].length)
	n, err := r.file.ReadAt(b, r.blocks[i].offset)
	if n == len(b) {
		var entries []Entry
		if entries, err = parse(b); err == nil {
			return entries, nil
		}
	}
	return nil, fmt.Errorf("history: %s, block at offset %d: %w", r.name, r.blocks[i].offset, err)
}
