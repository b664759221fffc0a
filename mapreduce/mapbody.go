package mapreduce

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Names of the counters that every job has.
const (
	countInput     = "input bytes"
	countEmitted   = "map output pairs"
	countSpilled   = "spilled runs"
	countShuffled  = "shuffled bytes"
	countPairs     = "shuffled pairs"
	countSkipped   = "skipped records"
	countKeys      = "reduce input keys"
	countOutput    = "output bytes"
	countSkippedBy = "skipped keys"
)

// Program runs the tasks of a plan. It is safe for tasks that run at a time.
type Program struct {
	plan      *Plan
	maxRecord int
	inputs    string      // the directory that files must lie below; any, if it is empty
	stores    chan *store // not in use; what does not fit is left to the collector
}

// NewProgram returns the program of a plan. tasks is how many map tasks are run at
// a time, of which memory is kept from one to the next.
func NewProgram(plan Plan, maxRecord, tasks int) (*Program, error) {
	if err := plan.Format.check(); err != nil {
		return nil, err
	}
	if plan.Map == nil || plan.Reduce == nil {
		return nil, errors.New("a plan needs Map and Reduce")
	}
	if maxRecord <= 0 {
		maxRecord = DefaultMaxRecord
	}
	return &Program{plan: &plan, maxRecord: maxRecord, stores: make(chan *store, max(tasks, 1))}, nil
}

// Map implements the engine's Program: it reads a split, and writes the sorted
// pairs of each partition to t.Out.
func (p *Program) Map(t mr.MapTask) (mr.MapResult, error) {
	s, err := p.borrow(t.Memory, t.Split.Bytes)
	if err != nil {
		return mr.MapResult{}, err
	}
	defer p.giveBack(s)
	e := &Emitter{task: t, plan: p.plan, counters: mr.Counters{}, store: s, partitions: t.Partitions,
		spills: shuffle.NewSpills(shuffle.NewScratch(t.Scratch), t.Partitions)}
	if err := e.run(&blocks{format: p.plan.Format, inputs: p.inputs, maxRecord: p.maxRecord, buf: s.blocks}); err != nil {
		return mr.MapResult{}, full(err)
	}
	run, err := e.finish()
	if err != nil {
		return mr.MapResult{}, full(err)
	}
	result := mr.MapResult{Counters: e.counters}
	for _, part := range run.Parts {
		result.Regions = append(result.Regions, mr.Region{Length: part.Length, Pairs: part.Pairs, Sum: part.Sum})
		e.counters[countShuffled] += part.Length
		e.counters[countPairs] += int64(part.Pairs)
	}
	return result, nil
}

func (p *Program) borrow(memory, split int64) (*store, error) {
	if memory < leastMemory {
		return nil, fmt.Errorf("a map task needs %d bytes of memory and has %d: %w", int64(leastMemory), memory, shuffle.ErrBudget)
	}
	select {
	case s := <-p.stores:
		if s.memory == memory {
			return s, nil
		}
	default:
	}
	return newStore(memory, p.plan, split), nil
}

func (p *Program) giveBack(s *store) {
	s.reset()
	select {
	case p.stores <- s:
	default:
	}
}

func (e *Emitter) run(b *blocks) error {
	pieces, err := decode(e.task.Split.Spec)
	if err != nil {
		return fmt.Errorf("the split is not understood: %w", err)
	}
	mapper := e.plan.Map(e)
	defer closeOf(mapper)
	defer func() { e.store.blocks = b.buf[:min(len(b.buf), blockSize)] }()
	for i, piece := range pieces {
		var read int64
		err := b.read(i, piece, func(block Block) error {
			read += int64(len(block.Data))
			e.counters[countInput] += int64(len(block.Data))
			if err := e.guard(block, func() error { return mapper.Map(block) }); err != nil {
				return err
			}
			return e.advance(piece, int64(len(block.Data)))
		})
		if err != nil {
			return err
		}
	}
	return e.guard(Block{}, mapper.End)
}

// closeOf lets go of what a mapper or a reducer holds beside memory.
func closeOf(function any) {
	if c, ok := function.(io.Closer); ok {
		_ = c.Close() // what it made is complete, or not wanted
	}
}

// advance reports progress in bytes of the file: what a compressed file unpacks
// to is not known before.
func (e *Emitter) advance(p piece, n int64) error {
	if packed(p.File) != "" {
		n = 0
	}
	return e.task.Monitor.Advance(n)
}

func (e *Emitter) guard(block Block, f func() error) error {
	e.file = ""
	number := func() uint64 { return max(e.record, 1) - 1 }
	err := guarded(0, func() string {
		switch {
		case e.file != "":
			return fmt.Sprintf("%s, byte %d", e.file, e.offset)
		case block.File != "":
			return fmt.Sprintf("%s, between bytes %d and %d", block.File, block.Offset, block.Offset+int64(len(block.Data)))
		}
		return "after the last record was mapped"
	}, f)
	var record *mr.RecordError
	if errors.As(err, &record) {
		record.Record = number()
	}
	return err
}

func (e *Emitter) finish() (shuffle.Run, error) {
	var run shuffle.Run
	err := e.guard(Block{}, func() (err error) { // Combine and Partition are the user's
		run, err = e.spills.Finish(e.task.Out, e.write, e.store.merge(), e.combine())
		return err
	})
	e.counters[countEmitted] = e.store.emitted()
	e.counters[countSpilled] = int64(e.spills.Len())
	return run, err
}

func (e *Emitter) combine() shuffle.Combine {
	if e.plan.Fold == nil {
		return e.plan.Combine
	}
	return func(_ []byte, values iter.Seq[[]byte], emit func([]byte)) {
		emit(binary.BigEndian.AppendUint64(nil, foldAll(e.plan.Fold, values)))
	}
}

// foldAll folds the words of one key. There is at least one.
func foldAll(fold func(a, b uint64) uint64, values iter.Seq[[]byte]) (sum uint64) {
	first := true
	for v := range values {
		if word := binary.BigEndian.Uint64(v); first {
			sum, first = word, false
		} else {
			sum = fold(sum, word)
		}
	}
	return sum
}

// release lets go of the memory that map tasks kept.
func (p *Program) release() {
	for {
		select {
		case <-p.stores:
		default:
			return
		}
	}
}
