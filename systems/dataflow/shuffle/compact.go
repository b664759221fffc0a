package shuffle

import (
	"errors"
	"fmt"
	"io"
)

// ReadWriterAt is a file for runs. node.File, kernel/disk.File and *os.File are
// such.
type ReadWriterAt interface {
	io.ReaderAt
	io.WriterAt
}

// Scratch is a file that runs are put into, one behind the other.
type Scratch struct {
	file ReadWriterAt
	end  int64
}

// NewScratch puts runs into file from its beginning on.
func NewScratch(file ReadWriterAt) *Scratch { return &Scratch{file: file} }

// Bytes returns how much was put in.
func (s *Scratch) Bytes() int64 { return s.end }

// Run puts in the run that fill writes.
func (s *Scratch) Run(partitions int, fill func(*Writer) error) (Run, error) {
	w := NewWriter(s.file, s.end, partitions)
	if err := fill(w); err != nil {
		return Run{}, err
	}
	run, err := w.Close()
	if err == nil {
		s.end = w.End()
	}
	return run, err
}

// FanIn returns how many inputs a merge may have in that much memory.
func FanIn(memory int64) int { return int(memory / ReaderSize) }

// Compact merges neighbouring inputs into runs of one part in scratch, pass by
// pass, until what is left can be merged within memory. Inputs that need none
// are returned as they are. The order of equal keys stays.
func Compact(inputs []*io.SectionReader, scratch *Scratch, memory int64, combine Combine) ([]*io.SectionReader, error) {
	fanIn := FanIn(memory)
	for len(inputs) > max(fanIn, 1) {
		if fanIn < 2 {
			return nil, fmt.Errorf("shuffle: merge %d runs in %d bytes, of which each reader takes %d: %w", len(inputs), memory, ReaderSize, ErrBudget)
		}
		// No more than it takes: the last pass reads everything anyway.
		var next []*io.SectionReader
		excess := len(inputs) - fanIn
		for len(inputs) > 0 {
			n := 1
			if excess > 0 {
				n = min(fanIn, excess+1, len(inputs))
				excess -= n - 1
			}
			merged, err := compactOne(inputs[:n], scratch, memory, combine)
			if err != nil {
				return nil, err
			}
			next = append(next, merged)
			inputs = inputs[n:]
		}
		inputs = next
	}
	return inputs, nil
}

func compactOne(inputs []*io.SectionReader, scratch *Scratch, memory int64, combine Combine) (*io.SectionReader, error) {
	if len(inputs) == 1 {
		return inputs[0], nil
	}
	run, err := scratch.Run(1, func(w *Writer) error {
		return MergeInto(w, 0, inputs, memory, combine)
	})
	if err != nil {
		return nil, err
	}
	return run.Input(0), nil
}

// MergeInto writes the merge of inputs to one part of w, through combine if that
// is not nil.
func MergeInto(w *Writer, part int, inputs []*io.SectionReader, memory int64, combine Combine) error {
	m, err := NewMerge(inputs, NewBudget(memory))
	if err != nil {
		return err
	}
	defer m.Close()
	if combine == nil {
		for m.Next() {
			if err := w.Write(part, m.Key(), m.Value()); err != nil {
				return err
			}
		}
		return m.Err()
	}
	groups := NewGroups(m)
	for groups.Next() {
		var failed error
		combine(groups.Key(), groups.Values(), func(value []byte) {
			failed = errors.Join(failed, w.Write(part, groups.Key(), value))
		})
		if failed != nil {
			return failed
		}
	}
	return groups.Err()
}
