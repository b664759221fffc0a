package mapreduce

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Job is what a master has workers do.
type Job struct {
	// ID names the job among all that its workers and its file system ever see:
	// letters, digits, '-' and '_', at most 100 of them.
	ID string
	// Spec tells the workers' Library which program it is, and how it is set.
	Spec []byte
	// Splits are the M pieces of the input.
	Splits []Split
	// Partitions is R, the number of reduce tasks and of outputs.
	Partitions int
	// SkipAfter is after how many executions that failed at one record that record is
	// left out. 0 leaves out none.
	SkipAfter int
	// MaxSkipped bounds the records left out; the job fails at one more. Default 100.
	MaxSkipped int
}

// Bounds of a job.
const (
	MaxMaps       = 1 << 20
	MaxPartitions = 1 << 16
	MaxSpec       = 1 << 20
	MaxWorkers    = 1 << 14
)

// Validate says why the job cannot be run.
func (j Job) Validate() error {
	if j.ID == "" || len(j.ID) > 100 {
		return fmt.Errorf("job ID %.120q: need 1 to 100 characters", j.ID)
	}
	for _, c := range []byte(j.ID) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' {
			return fmt.Errorf("job ID %q: only letters, digits, '-' and '_'", j.ID)
		}
	}
	switch {
	case len(j.Splits) < 1 || len(j.Splits) > MaxMaps:
		return fmt.Errorf("job %s has %d splits, need 1 to %d", j.ID, len(j.Splits), MaxMaps)
	case j.Partitions < 1 || j.Partitions > MaxPartitions:
		return fmt.Errorf("job %s has %d partitions, need 1 to %d", j.ID, j.Partitions, MaxPartitions)
	case len(j.Spec) > MaxSpec:
		return fmt.Errorf("job %s has a specification of %d bytes, the limit is %d", j.ID, len(j.Spec), MaxSpec)
	case j.SkipAfter < 0 || j.MaxSkipped < 0:
		return fmt.Errorf("job %s: SkipAfter and MaxSkipped must not be negative", j.ID)
	}
	for i, s := range j.Splits {
		if len(s.Spec) > MaxSpec || s.Bytes < 0 {
			return fmt.Errorf("job %s: split %d has a specification of %d bytes (at most %d) and a length of %d",
				j.ID, i, len(s.Spec), MaxSpec, s.Bytes)
		}
	}
	return nil
}

// MasterConfig is a job and the knobs of its master. The zero value of a field means
// its default.
type MasterConfig struct {
	Job Job
	// Workers are hired by the master. Others may join by themselves.
	Workers []node.Addr
	// Roster is handed to all workers.
	Roster []Peer
	// Files is the node that keeps the outputs.
	Files node.Addr

	// PingEvery is the time between two pings of a worker. Default 500 ms.
	PingEvery time.Duration
	// DeadAfter is how long a worker may be silent before it is treated as failed.
	// Default 5 s.
	DeadAfter time.Duration
	// Lease is how long a worker that reports may say nothing of an attempt before
	// that is given up. Default 2 s, and not less than two pings.
	//
	// Both are doubled for a worker each time that one of them was too short, up to
	// 32 times what is given here.
	Lease time.Duration
	// NotifyEvery is for how long news of regions are gathered. Default 20 ms.
	NotifyEvery time.Duration
	// SlowStart is how many thousandths of the map tasks are done before reduce tasks
	// are handed out, which begin by fetching. Default 50.
	SlowStart int
	// MaxAttempts is how many executions of a task may fail before the job does.
	// Default 4.
	MaxAttempts int
	// NoBackups turns backup tasks off; Backups says when a task deserves one.
	NoBackups bool
	Backups   task.Speculation

	// CheckpointEvery is how often the master saves its tables. 0 means never: if the
	// master fails the job is aborted.
	CheckpointEvery time.Duration

	// Ended is called once, on the master's loop, when the job is over.
	Ended func(Status)
}

func (c MasterConfig) withDefaults() MasterConfig {
	setDefault(&c.PingEvery, 500*time.Millisecond)
	setDefault(&c.DeadAfter, 5*time.Second)
	setDefault(&c.Lease, max(2*time.Second, 2*c.PingEvery))
	setDefault(&c.NotifyEvery, 20*time.Millisecond)
	setDefault(&c.SlowStart, 50)
	setDefault(&c.MaxAttempts, 4)
	setDefault(&c.Job.MaxSkipped, 100)
	return c
}

// Validate reports the first setting that makes no sense.
func (c MasterConfig) Validate() error {
	d := c.withDefaults()
	switch {
	case c.Files == "":
		return errors.New("mapreduce: no node is named that keeps the outputs")
	case min(d.PingEvery, d.DeadAfter, d.Lease, d.NotifyEvery) <= 0 || d.CheckpointEvery < 0:
		return errors.New("mapreduce: times must be positive")
	case d.DeadAfter < 2*d.PingEvery || d.Lease < 2*d.PingEvery:
		return fmt.Errorf("mapreduce: DeadAfter (%v) and Lease (%v) must be two pings (%v) long at least", d.DeadAfter, d.Lease, d.PingEvery)
	case d.SlowStart < 0 || d.SlowStart > 1000 || d.MaxAttempts < 1:
		return errors.New("mapreduce: SlowStart must be within 0 and 1000, MaxAttempts positive")
	case len(c.Workers) > MaxWorkers:
		return fmt.Errorf("mapreduce: %d workers, the limit is %d", len(c.Workers), MaxWorkers)
	}
	if err := c.Job.Validate(); err != nil {
		return fmt.Errorf("mapreduce: %w", err)
	}
	return nil
}

// WorkerConfig is what a worker is given. The zero value of a field means its
// default.
type WorkerConfig struct {
	// Library finds the programs of jobs.
	Library Library
	// Master, if set, is joined without being asked, and again for ever.
	Master node.Addr
	// MapSlots and ReduceSlots are how many tasks of a kind run at a time. Default 1.
	MapSlots, ReduceSlots int
	// Memory is what a task's body may take, in bytes. Default 64 MiB.
	Memory int64
	// FetchMemory bounds the regions that a reduce task keeps in memory; what goes
	// beyond lies on disk. Default 64 MiB.
	FetchMemory int64
	// Chunk is the most bytes of one message, Credits how many chunks a reduce task
	// may have asked for at a time. Default 256 KiB, and 16.
	Chunk, Credits int
	// RetryAfter is when a message without an answer is sent again, Retries how often
	// a region is asked for before it is reported lost. Default 1 s, and 4.
	RetryAfter time.Duration
	Retries    int
	// MasterSilence is after how long without a word a master is given up. Default
	// 1 minute.
	MasterSilence time.Duration
	// YieldAfter is after how long without a word of its master a worker turns to the
	// master of another job, if there is one that wants it. Default 5 s.
	YieldAfter time.Duration

	// Monitor makes what a body and its worker hear of each other by. Live code must
	// set it to one that several goroutines may use.
	Monitor func() Monitor
	// Neighbours, if not nil, are the workers whose disks this one can read.
	Neighbours Neighbours
	// Meet, if not nil, is told where the hosts of a job are.
	Meet func(Peer)
	// Pace, if not nil, is how much longer than its Job a task's body takes: hosts of
	// a simulation that are slow, and stragglers of an experiment, are made so.
	Pace func(Work) time.Duration
}

// Work is a task's body that has come to its end, for Pace.
type Work struct {
	Kind  Kind
	Task  int
	Token task.Token
	Bytes int64 // of input
}

func (c WorkerConfig) withDefaults() WorkerConfig {
	setDefault(&c.MapSlots, 1)
	setDefault(&c.ReduceSlots, 1)
	setDefault(&c.Memory, 64<<20)
	setDefault(&c.FetchMemory, 64<<20)
	setDefault(&c.Chunk, 256<<10)
	setDefault(&c.Credits, 16)
	setDefault(&c.RetryAfter, time.Second)
	setDefault(&c.Retries, 4)
	setDefault(&c.MasterSilence, time.Minute)
	setDefault(&c.YieldAfter, 5*time.Second)
	if c.Monitor == nil {
		c.Monitor = func() Monitor { return new(gauge) }
	}
	return c
}

// Validate reports the first setting that makes no sense.
func (c WorkerConfig) Validate() error {
	c = c.withDefaults()
	switch {
	case c.Library == nil:
		return errors.New("mapreduce: a worker without a library can run nothing")
	case c.MapSlots < 1 || c.ReduceSlots < 1 || c.MapSlots > 1024 || c.ReduceSlots > 1024:
		return fmt.Errorf("mapreduce: slots must be within 1 and 1024, are %d and %d", c.MapSlots, c.ReduceSlots)
	case c.Chunk < 1 || c.Chunk > 16<<20 || c.Credits < 1 || c.Retries < 1:
		return errors.New("mapreduce: Chunk must be within 1 and 16 MiB, Credits and Retries positive")
	case c.Memory < 1 || c.FetchMemory < 0 || min(c.RetryAfter, c.MasterSilence, c.YieldAfter) <= 0:
		return errors.New("mapreduce: memory and times must be positive")
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// gauge is a Monitor for one goroutine.
type gauge struct {
	bytes     int64
	cancelled bool
}

func (g *gauge) Advance(bytes int64) error {
	if g.cancelled {
		return ErrCancelled
	}
	g.bytes += bytes
	return nil
}

func (g *gauge) Advanced() int64 { return g.bytes }

func (g *gauge) Cancel() { g.cancelled = true }
