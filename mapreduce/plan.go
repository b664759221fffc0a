package mapreduce

import (
	"iter"

	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Plan is a job without its types: keys, values and records are bytes. Job makes
// one; who wants to see whole blocks of input, or to keep state from key to
// key, writes one.
type Plan struct {
	// Format says what a record is.
	Format Format
	// Map makes the mapper of one execution of a map task.
	Map func(out *Emitter) Mapper
	// Fold combines values that were emitted by EmitWord, as they come. It must be
	// commutative and associative. If it is nil, pairs come from Emit.
	Fold func(a, b uint64) uint64
	// Combine shortens the values of a key before they are written. It is not used
	// with Fold.
	Combine shuffle.Combine
	// Partition maps a key to 0..r-1; the default is by hash. All hosts must agree.
	Partition func(key []byte, r int) int
	// Reduce makes the reducer of one execution of a reduce task.
	Reduce func(partition int) Reducer
	// Bulky says that about as much is emitted as is read, so splits are made to
	// fit a task's memory.
	Bulky bool
}

// Mapper is the map function of one execution. One that is an io.Closer is closed
// when the execution ends, whether or not End was called; so is a Reducer.
type Mapper interface {
	// Map is handed whole records, valid until it returns.
	Map(b Block) error
	// End follows the last block.
	End() error
}

// Reducer is the reduce function of one execution; it sees keys in increasing
// order. key and values are valid until the next.
type Reducer interface {
	Reduce(key []byte, values iter.Seq[[]byte], out *Output) error
	// End follows the last key.
	End(out *Output) error
}

// Block is whole records of one file.
type Block struct {
	File   string
	Offset int64 // of Data in the file, or in what it unpacks to
	Piece  int   // number of the file, or the part of one, within the split
	Data   []byte
}

// ReduceFunc is a Reducer without state.
type ReduceFunc func(key []byte, values iter.Seq[[]byte], out *Output) error

// Reduce calls f.
func (f ReduceFunc) Reduce(key []byte, values iter.Seq[[]byte], out *Output) error {
	return f(key, values, out)
}

// End does nothing.
func (f ReduceFunc) End(*Output) error { return nil }

// MapFunc is a Mapper without state.
type MapFunc func(b Block) error

// Map calls f.
func (f MapFunc) Map(b Block) error { return f(b) }

// End does nothing.
func (f MapFunc) End() error { return nil }
