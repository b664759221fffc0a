package mapreduce

import (
	"errors"
	"fmt"
	"io"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Program is the user's half of a job, as master and workers see it: the bodies
// of map and reduce tasks. What a record is, how pairs are encoded, sorted and
// combined, is the program's own business; regions and outputs are bytes here.
//
// A worker runs a task's body as a Job of the contract: beside its loop when
// live, in line when simulated. So a body may take long, may use goroutines of
// its own if it is live code, and touches nothing but what the task hands it
// and the input. Two executions of one task may run at one time, on one worker
// or on two. They must write the same bytes if the job is to equal a sequential
// run; doc.go says what it equals otherwise.
//
// Nothing here needs a cluster: who runs all tasks in one process calls Map for
// each split and Reduce for each partition.
type Program interface {
	// Map reads the split, and writes to t.Out the R regions one behind the
	// other, from offset 0 and in the order of their partitions. It returns R
	// regions; one that is empty has length 0.
	Map(t MapTask) (MapResult, error)

	// Reduce merges the inputs, and writes the output of its partition to t.Out,
	// from offset 0. It may read each input as often as it likes.
	Reduce(t ReduceTask) (ReduceResult, error)
}

// Library finds a program by the specification that came with a job. Workers
// call it once a job; an error fails the job, since it would everywhere.
type Library func(spec []byte) (Program, error)

// Split is the piece of the input that one map task reads.
type Split struct {
	// Spec tells the program where it is: a path, an offset and a length, say.
	Spec []byte `wire:"1"`
	// Bytes is about how long it is; progress is measured against it.
	Bytes int64 `wire:"2"`
	// Hosts have it on their disks, and are preferred.
	Hosts []string `wire:"3"`
}

// File is what a body reads and writes besides its input. An *os.File is one.
// No other execution uses it.
type File interface {
	io.ReaderAt
	io.WriterAt
}

// MapTask is one execution of a map task.
type MapTask struct {
	Task       int // from 0, as the split's place
	Split      Split
	Partitions int      // R
	Skip       []uint64 // records not to be handed to the user's map, ascending
	Memory     int64    // bytes that the body may take, beyond what one record needs
	Out        File     // empty
	Scratch    File     // empty, for runs that do not fit into Memory
	Monitor    Monitor
}

// MapResult is what a map task's body leaves behind in its Out.
type MapResult struct {
	Regions  []Region
	Counters Counters
}

// Region is one of R in the output of a map task: the pairs whose keys the
// partition function sends to one reduce task.
type Region struct {
	Length int64  `wire:"1"`
	Pairs  uint64 `wire:"2"`
	// Sum is the CRC-32 (Castagnoli) of its bytes. Whoever fetches it compares.
	Sum uint32 `wire:"3"`
}

// ReduceTask is one execution of a reduce task.
type ReduceTask struct {
	Partition int
	// Inputs are the regions of this partition, one of each map task, in the order
	// of the map tasks whoever ran them and whenever they came.
	Inputs  []*io.SectionReader
	Skip    []uint64 // keys not to be handed to the user's reduce, by number, ascending
	Memory  int64
	Out     File
	Scratch File
	Monitor Monitor
}

// ReduceResult is what a reduce task's body leaves behind in its Out.
type ReduceResult struct {
	Length   int64  // of the output
	Sum      uint32 // CRC-32 (Castagnoli) of it
	Counters Counters
}

// Counters are what a program counts, by name. The master adds up those of the
// executions that were accepted, so that nothing is counted twice.
type Counters = task.Counters

// Monitor is how a running body and its worker hear of each other. The body
// calls Advance, on any goroutine, the worker the other two, on its loop; so
// live code hands in one that is safe for that (Config.Monitor).
type Monitor interface {
	// Advance tells that so many more bytes of input have been dealt with. It
	// returns ErrCancelled once nobody wants the result any more, and the body
	// then returns that error soon.
	Advance(bytes int64) error
	// Advanced returns the sum so far.
	Advanced() int64
	// Cancel makes Advance fail from now on.
	Cancel()
}

// ErrCancelled says that an execution's result is not wanted any more: another
// execution was first, or its master is gone.
var ErrCancelled = errors.New("execution cancelled")

// ErrFull says that a worker had no room for what a task writes. A body wraps it
// when a write to Out or Scratch fails so; it counts as the worker's fault, not as
// the task's.
var ErrFull = disk.ErrFull

// RecordError says that the user's function failed on one record: it panicked or
// returned an error. The same record failing again, in another execution, makes the
// master leave it out, if the job allows that; any other error of a body fails
// the execution as a whole.
type RecordError struct {
	// Record is its number within the split, from 0; of a reduce, the key's number
	// within the partition, in order.
	Record uint64
	// Where tells a person: file and byte offset, or the key.
	Where string
	Err   error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record %d (%s): %v", e.Record, e.Where, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }
