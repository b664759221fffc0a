package mapreduce

import (
	"iter"

	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Functions make a Program of the functions that the paper has users write
// (section 2), over records of bytes. It runs on one goroutine. All functions must be
// deterministic for the job to equal a sequential run, and none may keep a slice that
// it was handed.
type Functions struct {
	// Read yields the records of a split, in order. Its second value is an error that
	// ends the reading.
	Read func(s Split) iter.Seq2[Record, error]
	// Map emits any number of pairs for a record.
	Map func(r Record, emit func(key, value []byte))
	// Combine, if not nil, shortens the values of one key before they leave the map
	// worker (section 4.3). It must be commutative and associative, and what it emits
	// goes into regions, where Reduce or another Combine finds it.
	Combine shuffle.Combine
	// Reduce emits what becomes of a key and all of its values.
	Reduce func(key []byte, values iter.Seq[[]byte], emit func(value []byte))
	// Partition, if not nil, takes the place of a hash of the key (section 4.1). It
	// returns a number from 0 to R-1.
	Partition func(key []byte, partitions int) int
	// Buffer is how many bytes of emitted pairs are gathered before they are sorted;
	// 0 means half of the task's memory.
	Buffer int64
	// Format appends what the output says of a pair; nil means key, tab, value, newline.
	Format func(to, key, value []byte) []byte
}

// Record is a piece of input: for text, an offset and a line.
type Record struct {
	Key, Value []byte
	// Where tells a person: file and byte, say.
	Where string
}

// Names of the counters of Functions.
const (
	CountRecords  = "map input records"
	CountEmitted  = "map output pairs"
	CountShuffled = "shuffled pairs"
	CountSpills   = "spilled runs"
	CountSkipped  = "skipped records"
	CountKeys     = "reduce input keys"
)

// Program returns the program that runs them.
func (f Functions) Program() Program { return &functional{f} }

// functional is the Program of some Functions.
type functional struct{ user Functions }
