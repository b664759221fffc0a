package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Run runs a job in this process, on all processors, and returns once its output
// is complete and durable, or once it has failed and left nothing behind.
func Run(ctx context.Context, plan Plan, o Options) (Summary, error) {
	began := time.Now()
	l, err := prepare(plan, o, nil)
	if err != nil {
		return Summary{}, err
	}
	defer l.cleanUp()
	ctx, l.cancel = context.WithCancel(ctx)
	defer l.cancel()
	l.ctx = ctx
	var s Summary
	err = l.o.show(l.view, func() error {
		stop := l.board.report(l.o.Progress)
		err := l.run()
		stop()
		if err == nil {
			s = l.board.summary()
			s.Outputs, err = l.out.commit(s)
		}
		return err
	})
	s.Wall = time.Since(began)
	return s, err
}

// local is one run of a job in one process.
type local struct {
	ctx     context.Context
	cancel  context.CancelFunc
	o       Options
	program *Program
	splits  []mr.Split
	memory  int64 // of one task
	temp    string
	out     *staging
	board   *board
	mapped  []mapped
	skipped atomic.Int64
}

// mapped is what a map task left behind.
type mapped struct {
	file    *os.File
	regions []mr.Region
}

// prepare does what comes before the first task. Of a job that was begun before, k has
// the splits.
func prepare(plan Plan, o Options, k *checkpoint) (l *local, err error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	l = &local{memory: o.perTask()}
	l.o = o
	if err := l.split(plan, k); err != nil {
		return nil, err
	}
	if l.program, err = NewProgram(plan, o.MaxRecord, o.Tasks); err != nil {
		return nil, err
	}
	if err := l.makeRoom(k); err != nil {
		return nil, err
	}
	l.board = newBoard(len(l.splits), o.Partitions)
	for _, s := range l.splits {
		l.board.total += s.Bytes
	}
	l.mapped = make([]mapped, len(l.splits))
	return l, nil
}

func (l *local) split(plan Plan, k *checkpoint) error {
	if k != nil && k.again {
		l.splits = k.job.Splits
		return nil
	}
	files, err := Files(l.o.Inputs)
	if err != nil {
		return err
	}
	l.splits, err = nearSplits(files, plan.Format, l.o.splitSize(total(files), l.memory, plan.Bulky), l.o.Near)
	return err
}

// makeRoom makes the directories of what is between map and reduce, and of outputs.
func (l *local) makeRoom(k *checkpoint) (err error) {
	job := ""
	if k == nil {
		l.temp, err = os.MkdirTemp(l.o.Temp, "parley-mr-")
	} else {
		job, l.temp = k.job.ID, k.path(tempName)
		err = errors.Join(os.RemoveAll(l.temp), os.Mkdir(l.temp, 0o700))
	}
	if err != nil {
		return fmt.Errorf("make a directory for intermediate data: %w", err)
	}
	if l.out, err = newStaging(l.o, l.temp, job); err != nil {
		os.RemoveAll(l.temp)
	}
	return err
}

func (l *local) cleanUp() {
	for _, m := range l.mapped {
		if m.file != nil {
			m.file.Close()
		}
	}
	l.out.abort()
	os.RemoveAll(l.temp)
}

func (l *local) run() error {
	if err := l.phase(len(l.splits), l.mapTask); err != nil {
		return err
	}
	l.program.release()
	return l.phase(l.o.Partitions, l.reduceTask)
}

// phase runs tasks 0 to n-1, so many at a time, until the first that fails.
func (l *local) phase(n int, run func(task int) error) error {
	var wait sync.WaitGroup
	var next atomic.Int64
	failed := make(chan error, l.o.Tasks)
	for range min(l.o.Tasks, n) {
		wait.Go(func() {
			for {
				task := int(next.Add(1)) - 1
				if task >= n || l.ctx.Err() != nil {
					return
				}
				if err := run(task); err != nil {
					failed <- err
					l.cancel()
					return
				}
			}
		})
	}
	wait.Wait()
	close(failed)
	var first error
	for err := range failed {
		if first == nil || errors.Is(first, mr.ErrCancelled) {
			first = err
		}
	}
	if (first == nil || errors.Is(first, mr.ErrCancelled)) && l.ctx.Err() != nil {
		first = interrupted(l.ctx)
	}
	return first
}

// attempts runs a task until it succeeds. Only a record on which the user's
// function fails is tried again: if it fails twice it is left out, where that is
// allowed (section 4.6 of the paper).
func (l *local) attempts(kind Kind, task int, size int64, run func(monitor mr.Monitor, skip []uint64) (mr.Counters, error)) error {
	var skip []uint64
	var failedAt = map[uint64]int{}
	for attempt := 1; ; attempt++ {
		monitor := &monitor{ctx: l.ctx}
		l.board.begin(kind, task, attempt, size, monitor)
		counters, err := run(monitor, skip)
		l.board.end(kind, task, counters, err)
		if err == nil {
			return nil
		}
		var record *mr.RecordError
		if !errors.As(err, &record) {
			return taskError(kind, task, attempt, err)
		}
		failedAt[record.Record]++
		if failedAt[record.Record] < 2 {
			continue
		}
		if l.skipped.Add(1) > int64(l.o.Skip) {
			return taskError(kind, task, attempt, err)
		}
		skip = insert(skip, record.Record)
	}
}

func (l *local) mapTask(task int) error {
	out, err := os.Create(filepath.Join(l.temp, fmt.Sprintf("map-%d", task)))
	if err != nil {
		return taskError(MapTask, task, 1, err)
	}
	l.mapped[task].file = out
	return l.attempts(MapTask, task, l.splits[task].Bytes, func(m mr.Monitor, skip []uint64) (mr.Counters, error) {
		scratch := l.scratch(MapTask, task)
		defer scratch.discard()
		if err := out.Truncate(0); err != nil {
			return nil, err
		}
		r, err := l.program.Map(mr.MapTask{Task: task, Split: l.splits[task], Partitions: l.o.Partitions, Skip: skip,
			Memory: l.memory, Out: out, Scratch: scratch, Monitor: m})
		l.mapped[task].regions = r.Regions
		return r.Counters, err
	})
}

func (l *local) reduceTask(task int) error {
	var inputs []*io.SectionReader
	var size int64
	for _, m := range l.mapped {
		offset := int64(0)
		for _, r := range m.regions[:task] {
			offset += r.Length
		}
		inputs = append(inputs, io.NewSectionReader(m.file, offset, m.regions[task].Length))
		size += m.regions[task].Length
	}
	return l.attempts(ReduceTask, task, size, func(m mr.Monitor, skip []uint64) (mr.Counters, error) {
		scratch := l.scratch(ReduceTask, task)
		defer scratch.discard()
		out, err := l.out.create(task)
		if err != nil {
			return nil, err
		}
		r, err := l.program.Reduce(mr.ReduceTask{Partition: task, Inputs: inputs, Skip: skip,
			Memory: l.memory, Out: out, Scratch: scratch, Monitor: m})
		return r.Counters, l.out.close(task, r, err)
	})
}

func (l *local) scratch(kind Kind, task int) *scratch {
	return &scratch{name: filepath.Join(l.temp, fmt.Sprintf("%v-%d-scratch", kind, task))}
}

func insert(sorted []uint64, n uint64) []uint64 {
	at := 0
	for at < len(sorted) && sorted[at] < n {
		at++
	}
	return append(sorted[:at:at], append([]uint64{n}, sorted[at:]...)...)
}

// scratch is a file that comes into being when it is needed.
type scratch struct {
	name string
	file *os.File
}

func (s *scratch) WriteAt(p []byte, at int64) (n int, err error) {
	if s.file == nil {
		if s.file, err = os.Create(s.name); err != nil {
			return 0, err
		}
	}
	return s.file.WriteAt(p, at)
}

func (s *scratch) ReadAt(p []byte, at int64) (int, error) {
	if s.file == nil {
		return 0, io.EOF
	}
	return s.file.ReadAt(p, at)
}

func (s *scratch) discard() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.name)
	}
}

// monitor is a gauge that a cancelled run cancels as well.
type monitor struct {
	gauge
	ctx context.Context
}

func (m *monitor) Advance(n int64) error {
	if m.ctx.Err() != nil {
		return mr.ErrCancelled
	}
	return m.gauge.Advance(n)
}
