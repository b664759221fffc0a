package mapreduce

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Output is the file of one reduce task. It is buffered.
type Output struct {
	file     io.WriterAt
	buf      []byte
	at       int64
	sum      uint32
	counters mr.Counters
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const outputBuffer = 256 << 10

// Write appends to the output. It returns no error: one that occurs ends the
// execution from within.
func (o *Output) Write(p []byte) (int, error) {
	o.buf = append(o.buf, p...)
	if len(o.buf) >= outputBuffer {
		o.flush()
	}
	return len(p), nil
}

// Count adds to a counter of the job.
func (o *Output) Count(name string, n int64) { o.counters[name] += n }

func (o *Output) flush() {
	if _, err := o.file.WriteAt(o.buf, o.at); err != nil {
		panic(stop{fmt.Errorf("write %d bytes of the output at offset %d: %w", len(o.buf), o.at, err)})
	}
	o.sum = crc32.Update(o.sum, castagnoli, o.buf)
	o.at += int64(len(o.buf))
	o.buf = o.buf[:0]
}

// Reduce implements the engine's Program: it merges the inputs, and writes what
// the reducer makes of each key.
func (p *Program) Reduce(t mr.ReduceTask) (mr.ReduceResult, error) {
	out := &Output{file: t.Out, buf: make([]byte, 0, outputBuffer+4096), counters: mr.Counters{}}
	err := full(p.reduce(t, out))
	if err != nil {
		return mr.ReduceResult{}, err
	}
	out.counters[countOutput] = out.at
	return mr.ReduceResult{Length: out.at, Sum: out.sum, Counters: out.counters}, nil
}

func (p *Program) reduce(t mr.ReduceTask, out *Output) error {
	memory := t.Memory - besides
	var combine shuffle.Combine
	if p.plan.Fold != nil {
		combine = (&Emitter{plan: p.plan}).combine()
	}
	inputs := slices.Clone(t.Inputs)
	err := guarded(0, func() string { return "while inputs were combined" }, func() (err error) {
		inputs, err = shuffle.Compact(inputs, shuffle.NewScratch(t.Scratch), memory, combine)
		return err
	})
	if err != nil {
		return err
	}
	merge, err := shuffle.NewMerge(inputs, shuffle.NewBudget(memory))
	if err != nil {
		return err
	}
	defer merge.Close()
	r := &reducing{task: t, out: out, merge: merge, groups: shuffle.NewGroups(merge), reducer: p.plan.Reduce(t.Partition)}
	defer closeOf(r.reducer)
	return r.run()
}

// reducing is one execution of a reduce task.
type reducing struct {
	task    mr.ReduceTask
	out     *Output
	merge   *shuffle.Merge
	groups  *shuffle.Groups
	reducer Reducer
	told    int64  // bytes that progress was reported of
	key     uint64 // number of the current one
	ended   bool
}

const keysBetween = 1 << 12 // of reports of progress

func (r *reducing) run() error {
	var total int64
	for _, in := range r.task.Inputs {
		total += in.Size()
	}
	for {
		more := false
		// One guard for many keys: a guard costs more than most keys do.
		err := guarded(0, r.where, func() (err error) {
			more, err = r.some()
			return err
		})
		var record *mr.RecordError
		if errors.As(err, &record) {
			record.Record = r.key
		}
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := r.advance(r.merge.Passed()); err != nil {
			return err
		}
	}
	r.out.counters[countKeys] = int64(r.key)
	return r.advance(total)
}

// advance reports progress up to a number of bytes.
func (r *reducing) advance(to int64) error {
	n := max(0, to-r.told)
	r.told += n
	return r.task.Monitor.Advance(n)
}

// some reduces some keys, and ends the output after the last.
func (r *reducing) some() (more bool, err error) {
	for range keysBetween {
		if !r.groups.Next() {
			if err := r.groups.Err(); err != nil {
				return false, err
			}
			r.ended = true
			if err := r.reducer.End(r.out); err != nil {
				return false, err
			}
			r.out.flush()
			return false, nil
		}
		if _, skip := slices.BinarySearch(r.task.Skip, r.key); skip {
			r.out.counters[countSkippedBy]++
		} else if err := r.reducer.Reduce(r.groups.Key(), r.groups.Values(), r.out); err != nil {
			return false, err
		}
		r.key++
	}
	return true, nil
}

func (r *reducing) where() string {
	if r.ended {
		return "after the last key"
	}
	key := r.groups.Key()
	if len(key) > 64 {
		return fmt.Sprintf("key %q...", key[:64])
	}
	return fmt.Sprintf("key %q", key)
}
