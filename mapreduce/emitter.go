package mapreduce

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Emitter is what a mapper hands its pairs to. What cannot be written ends the
// execution from within, so emitting returns nothing.
type Emitter struct {
	task       mr.MapTask
	plan       *Plan
	counters   mr.Counters
	store      *store
	spills     *shuffle.Spills
	partitions int

	record uint64 // the one that is being mapped, from 0
	file   string
	offset int64
}

// stop is the panic by which an error of the machinery, not of the user's
// function, passes through that function.
type stop struct{ err error }

// Emit adds a pair. Neither slice is kept.
func (e *Emitter) Emit(key, value []byte) {
	part := e.partition(key)
	for !e.store.buffer.Add(part, key, value) {
		e.spill()
	}
}

// EmitWord folds a value into that of its key. The plan must have a Fold.
func (e *Emitter) EmitWord(key []byte, value uint64) {
	for !e.store.table.Add(key, value) {
		e.spill()
	}
}

func (e *Emitter) partition(key []byte) int {
	switch {
	case e.partitions == 1:
		return 0
	case e.plan.Partition == nil:
		return shuffle.Partition(key, e.partitions)
	}
	part := e.plan.Partition(key, e.partitions)
	if part < 0 || part >= e.partitions {
		panic(stop{fmt.Errorf("the partition function puts a key into partition %d of %d", part, e.partitions)})
	}
	return part
}

func (e *Emitter) spill() {
	if err := e.spills.Add(e.write); err != nil {
		panic(stop{err})
	}
}

func (e *Emitter) write(w *shuffle.Writer) error {
	if e.plan.Fold != nil {
		return e.store.table.Spill(w, e.partition, binary.BigEndian.AppendUint64)
	}
	return e.store.buffer.Spill(w, e.plan.Combine)
}

// Count adds to a counter of the job.
func (e *Emitter) Count(name string, n int64) { e.counters[name] += n }

// Task returns the number of the map task, which is the place of its split.
func (e *Emitter) Task() int { return e.task.Task }

// Enter says which record is mapped next. It returns false if that one is to be
// left out, because it made the mapper fail before.
func (e *Emitter) Enter(file string, offset int64) bool {
	e.file, e.offset = file, offset
	e.record++
	if _, skip := slices.BinarySearch(e.task.Skip, e.record-1); skip {
		e.counters[countSkipped]++
		return false
	}
	return true
}

// Leave says that no record is being mapped.
func (e *Emitter) Leave() { e.file = "" }

// guarded runs a user's function: its panic becomes an error that says where.
func guarded(number uint64, where func() string, f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case stop:
			err = p.err
		default:
			err = &mr.RecordError{Record: number, Where: where(), Err: panicked(p)}
		}
	}()
	return f()
}

// Panic is a user's function that did not return.
type Panic struct {
	Value any
	Stack string // its own frames, innermost first
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v%s", p.Value, p.Stack) }

// Unwrap returns what the function panicked with, if that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

const framesKept = 3

// panicked keeps the frames that a user looks for: those between the panic and
// the machinery.
func panicked(value any) error {
	var frames strings.Builder
	lines := strings.Split(string(debug.Stack()), "\n")
	begun, kept := false, 0
	for i := 1; i+1 < len(lines) && kept < framesKept; i += 2 {
		if strings.HasPrefix(lines[i], "panic(") {
			begun = true
			continue
		}
		if place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " +0x"); begun && !strings.Contains(lines[i], "runtime.") {
			name, _, _ := strings.Cut(lines[i], "(0x")
			fmt.Fprintf(&frames, "\n\tin %s (%s)", name, place)
			kept++
		}
	}
	return &Panic{value, frames.String()}
}

// store is the memory in which an execution keeps pairs. Executions use it one
// after the other, since freeing it and allocating anew would need it twice.
type store struct {
	memory int64
	buffer *shuffle.Buffer
	table  *shuffle.Table[uint64]
	blocks []byte
	before int64 // pairs emitted by earlier executions
}

// What a map task's memory is divided into: a block of input and what the
// writer gathers stand beside, whatever the size.
const (
	besides     = blockSize + 512<<10
	mergeShare  = 8 // one in so many bytes
	leastMemory = 4 << 20
)

func newStore(memory int64, plan *Plan, split int64) *store {
	s := &store{memory: memory}
	room := memory - besides
	room -= room / mergeShare
	if plan.Fold != nil {
		s.table = shuffle.NewTable(room, plan.Fold)
	} else {
		s.buffer = shuffle.NewBuffer(room)
		if plan.Bulky {
			s.buffer.Expect(split * 3 / 2) // entries and lengths beside the pairs
		}
	}
	return s
}

func (s *store) merge() int64 { return max((s.memory-besides)/mergeShare, 2*shuffle.ReaderSize) }

// emitted returns how many pairs this execution emitted.
func (s *store) emitted() (pairs int64) {
	if s.table != nil {
		pairs, _ = s.table.Emitted()
	} else {
		pairs, _ = s.buffer.Emitted()
	}
	return pairs - s.before
}

func (s *store) reset() {
	s.before += s.emitted()
	if s.table != nil {
		s.table.Reset()
	} else {
		s.buffer.Reset()
	}
}

// full turns the operating system's word for a full disk into the engine's, so
// that it counts as the worker's fault.
func full(err error) error {
	if err != nil && isFull(err) && !errors.Is(err, mr.ErrFull) {
		return fmt.Errorf("%w: %w", mr.ErrFull, err)
	}
	return err
}

// fail says that the user's function returned an error for the record that was
// entered.
func (e *Emitter) fail(err error) error {
	return &mr.RecordError{Record: e.record - 1, Where: fmt.Sprintf("%s, byte %d", e.file, e.offset), Err: err}
}

// Failed says what a function of the user made of the record that was entered:
// an error gets that record's place.
func (e *Emitter) Failed(err error) error {
	if err == nil {
		return nil
	}
	return e.fail(err)
}

// Guard runs f, which emits or writes on a goroutine of its own, and returns what
// ended it: there is nobody else to catch what cannot be written.
func Guard(f func() error) error {
	return guarded(0, func() string { return "on a goroutine of its own" }, f)
}
