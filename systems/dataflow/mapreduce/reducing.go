package mapreduce

import (
	"fmt"
	"hash/crc32"
	"iter"
	"slices"

	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Reduce implements Program: merge the regions, which are sorted, so that equal keys
// are adjacent, and call the user's reduce once for each (section 3.1).
func (f *functional) Reduce(t ReduceTask) (ReduceResult, error) {
	inputs, err := shuffle.Compact(slices.Clone(t.Inputs), shuffle.NewScratch(t.Scratch), t.Memory, nil)
	if err != nil {
		return ReduceResult{}, err
	}
	merge, err := shuffle.NewMerge(inputs, shuffle.NewBudget(t.Memory))
	if err != nil {
		return ReduceResult{}, err
	}
	defer merge.Close()
	r := &reducing{user: &f.user, task: t, counters: Counters{}}
	for groups := shuffle.NewGroups(merge); ; r.key++ {
		if !groups.Next() {
			err = groups.Err()
			break
		}
		if err = r.group(groups); err != nil {
			break
		}
	}
	if err == nil {
		err = r.flush(0)
	}
	if err != nil {
		return ReduceResult{}, err
	}
	r.counters[CountKeys] = int64(r.key)
	return ReduceResult{Length: r.length, Sum: r.sum, Counters: r.counters}, nil
}

// reducing is one execution of a reduce task.
type reducing struct {
	user     *Functions
	task     ReduceTask
	counters Counters
	key      uint64 // number of the present one
	buffer   []byte
	length   int64
	sum      uint32
}

const outputBuffer = 64 << 10

func (r *reducing) group(g *shuffle.Groups) error {
	if _, skip := slices.BinarySearch(r.task.Skip, r.key); skip {
		r.counters[CountSkipped]++
		return nil
	}
	var bytes int64
	_, err := guard(func() (any, error) {
		r.user.Reduce(g.Key(), counted(g.Values(), &bytes), func(value []byte) {
			r.buffer = r.format(g.Key(), value)
		})
		return nil, nil
	})
	if err != nil {
		return &RecordError{Record: r.key, Where: fmt.Sprintf("key %.80q", g.Key()), Err: err}
	}
	if err := r.task.Monitor.Advance(bytes + int64(len(g.Key()))); err != nil {
		return err
	}
	return r.flush(outputBuffer)
}

func counted(values iter.Seq[[]byte], bytes *int64) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for v := range values {
			*bytes += int64(len(v))
			if !yield(v) {
				return
			}
		}
	}
}

func (r *reducing) format(key, value []byte) []byte {
	if r.user.Format != nil {
		return r.user.Format(r.buffer, key, value)
	}
	b := append(r.buffer, key...)
	b = append(b, '\t')
	b = append(b, value...)
	return append(b, '\n')
}

// flush writes the buffer if it has that many bytes.
func (r *reducing) flush(least int) error {
	if len(r.buffer) < max(least, 1) {
		return nil
	}
	if _, err := r.task.Out.WriteAt(r.buffer, r.length); err != nil {
		return err
	}
	r.length += int64(len(r.buffer))
	r.sum = crc32.Update(r.sum, castagnoli, r.buffer)
	r.buffer = r.buffer[:0]
	return nil
}
