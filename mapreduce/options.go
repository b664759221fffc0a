package mapreduce

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// DefaultMemory is what a process takes for a job unless Options say otherwise,
// in bytes.
const DefaultMemory = 512 << 20

// Options say over what, and within which bounds, a job is run. The zero value of
// a field means its default.
type Options struct {
	// Inputs are files, directories and patterns (see Files).
	Inputs []string
	// Output is the directory that the job makes: part files and a manifest, or
	// nothing at all. It must not exist, or be empty.
	Output string
	// Writer gets the outputs one after the other, once all are complete, if Output
	// is empty.
	Writer io.Writer
	// Partitions is R, the number of reduce tasks. Default 1 for a Writer, else
	// as many as tasks run at a time.
	Partitions int

	// Memory bounds the memory of the whole process, in bytes. Default 512 MiB.
	Memory int64
	// Tasks is how many run at a time. Default GOMAXPROCS.
	Tasks int
	// SplitSize is about how many bytes of input a map task gets. By default all
	// tasks get a few, of at most 64 MiB.
	SplitSize int64
	// MaxRecord bounds the length of a record, in bytes. Default 16 MiB.
	MaxRecord int
	// Skip is how many records may be left out because the job's functions fail on
	// them, in all. Default none.
	Skip int
	// Temp is the directory of what is between map and reduce. Default os.TempDir.
	Temp string
	// Near says which inputs lie on which workers' disks.
	Near []Near
	// Progress is told how far the job is, several times a second.
	Progress func(Progress)

	// HTTP is a loopback address at which the job can be watched in a browser while it
	// runs, and Watched is told where that is. Title is what the page calls the job.
	HTTP    string
	Title   string
	Watched func(url string)
}

const (
	fixedMemory   = 24 << 20 // of a process that does nothing, and outputs
	largestSplit  = 64 << 20
	smallestSplit = 1 << 20
	splitsATask   = 4
)

func (o Options) withDefaults() Options {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.Tasks == 0 {
		o.Tasks = runtime.GOMAXPROCS(0)
	}
	if o.MaxRecord == 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	if o.Partitions == 0 && o.Output == "" {
		o.Partitions = 1
	}
	if o.Partitions == 0 {
		o.Partitions = o.Tasks
	}
	if o.Temp == "" {
		o.Temp = os.TempDir()
	}
	return o
}

func (o Options) validate() error {
	switch {
	case o.Partitions < 1 || o.Partitions > maxPartitions:
		return fmt.Errorf("%d partitions: need 1 to %d", o.Partitions, maxPartitions)
	case o.Tasks < 1 || o.Tasks > 1024:
		return fmt.Errorf("%d tasks at a time: need 1 to 1024", o.Tasks)
	case o.Skip < 0 || o.SplitSize < 0 || o.MaxRecord < 1:
		return errors.New("Skip and SplitSize must not be negative, MaxRecord positive")
	case o.Memory < fixedMemory+leastMemory:
		return fmt.Errorf("a budget of %d bytes: one task needs %d: %w", o.Memory, int64(fixedMemory+leastMemory), shuffle.ErrBudget)
	case o.Output == "" && o.Writer == nil:
		return errors.New("neither Output nor Writer is set")
	case o.Output != "":
		return vacant(o.Output)
	}
	return nil
}

const maxPartitions = 1 << 16

// vacant says why a job must not make the directory.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("output %s: %w", dir, unwrapPath(err))
	case len(entries) > 0:
		return fmt.Errorf("output %s: the directory exists and holds %s and more; nothing was changed: name another, or remove it", dir, entries[0].Name())
	}
	return nil
}

// perTask divides the memory; fewer tasks run at a time if it is little.
func (o *Options) perTask() int64 {
	o.Tasks = min(o.Tasks, int((o.Memory-fixedMemory)/leastMemory))
	return (o.Memory - fixedMemory) / int64(o.Tasks)
}

// splitSize balances three wishes: several splits a task, so that all are busy
// to the end; few splits, since each has R regions; and no spill where all of
// the input is shuffled.
func (o Options) splitSize(total, perTask int64, bulky bool) int64 {
	if o.SplitSize > 0 {
		return o.SplitSize
	}
	size := min(max(total/int64(o.Tasks*splitsATask)+1, smallestSplit), largestSplit)
	if bulky {
		size = min(size, max(perTask*5/8, smallestSplit))
	}
	return size
}

// total returns the bytes of all files. One that vanished counts nothing; it is
// found again where it is read.
func total(files []string) (sum int64) {
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// DefaultTasks returns how many tasks run at a time under o.
func DefaultTasks(o Options) int { return o.withDefaults().Tasks }
