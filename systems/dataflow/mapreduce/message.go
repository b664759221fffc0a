package mapreduce

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

func init() {
	wire.Register[Term]("mapreduce.Term")
	wire.Register[Hire]("mapreduce.Hire")
	wire.Register[Join]("mapreduce.Join")
	wire.Register[Leave]("mapreduce.Leave")
	wire.Register[Ping]("mapreduce.Ping")
	wire.Register[Report]("mapreduce.Report")
	wire.Register[Assign]("mapreduce.Assign")
	wire.Register[Settle]("mapreduce.Settle")
	wire.Register[Locate]("mapreduce.Locate")
	wire.Register[Dismiss]("mapreduce.Dismiss")
	wire.Register[Fetch]("mapreduce.Fetch")
	wire.Register[Chunk]("mapreduce.Chunk")
	wire.Register[Open]("mapreduce.Open")
	wire.Register[Opened]("mapreduce.Opened")
	wire.Register[Put]("mapreduce.Put")
	wire.Register[Held]("mapreduce.Held")
	wire.Register[Commit]("mapreduce.Commit")
	wire.Register[Committed]("mapreduce.Committed")
	wire.Register[Ask]("mapreduce.Ask")
	wire.Register[Status]("mapreduce.Status")
}

// Kind is which of the two phases a task belongs to.
type Kind uint8

// The kinds of tasks.
const (
	MapKind Kind = iota
	ReduceKind
)

func (k Kind) String() string { return [...]string{"map", "reduce"}[k&1] }

// Term names a job and the incarnation of its master. Every message between master
// and workers carries it; those of an earlier epoch are ignored.
type Term struct {
	Job   string `wire:"1"`
	Epoch uint64 `wire:"2"`
}

// Hire asks a worker to work for a master. It answers Join.
type Hire struct {
	Term       Term      `wire:"1"`
	Spec       []byte    `wire:"2"` // for the worker's Library
	Maps       int       `wire:"3"` // M
	Partitions int       `wire:"4"` // R
	Files      node.Addr `wire:"5"`
	Roster     []Peer    `wire:"6"`
}

// Peer tells where a host is, to kernels that must be told (Config.Meet).
type Peer struct {
	Host    string `wire:"1"`
	Address string `wire:"2"`
}

// Join tells a master that a worker is there, and is sent again until the master
// pings it.
type Join struct {
	Term        Term   `wire:"1"` // empty: any job of this master
	Life        uint64 `wire:"2"` // of the worker: another one, and all that it had is gone
	MapSlots    int    `wire:"3"`
	ReduceSlots int    `wire:"4"`
	Problem     string `wire:"5"` // why it cannot work for this job; "" if it can
}

// Leave tells a master that a worker goes.
type Leave struct {
	Term Term   `wire:"1"`
	Life uint64 `wire:"2"`
}

// Ping asks a worker for a Report.
type Ping struct {
	Term Term `wire:"1"`
}

// Report tells a master all that a worker does for it. It answers Ping, and is sent
// when something ends. What it says about an attempt's end is repeated until a
// Settle comes.
type Report struct {
	Term    Term      `wire:"1"`
	Life    uint64    `wire:"2"`
	Running []Running `wire:"3"`
	Ended   []Ended   `wire:"4"`
	Lost    []Lost    `wire:"5"`
	// Known is up to where the worker has heard of the places of regions.
	Known uint64 `wire:"6"`
	// Shuffled counts the bytes of regions that it has fetched for this job.
	Shuffled int64 `wire:"7"`
}

// Running is an attempt under way.
type Running struct {
	Kind     Kind       `wire:"1"`
	Task     int        `wire:"2"`
	Token    task.Token `wire:"3"`
	Progress int        `wire:"4"` // thousandths
}

// Ended is an attempt that is over. For a map task it names the regions: partition
// p of token t at that worker, for each p below Regions.
type Ended struct {
	Kind     Kind       `wire:"1"`
	Task     int        `wire:"2"`
	Token    task.Token `wire:"3"`
	Regions  int        `wire:"4"`
	Bytes    int64      `wire:"5"` // written
	Counters Counters   `wire:"6"`
	// Problem is why it failed; "" if it did not.
	Problem string `wire:"7"`
	// Bad tells that it failed at Record of the input, at Where.
	Bad    bool   `wire:"8"`
	Record uint64 `wire:"9"`
	Where  string `wire:"10"`
	// Blameless tells that the fault is the worker's or the network's; with Full, that
	// the worker's disk has no room.
	Blameless bool `wire:"11"`
	Full      bool `wire:"12"`
}

// Lost says that a reducer cannot get the regions of an attempt.
type Lost struct {
	Map   int        `wire:"1"`
	Token task.Token `wire:"2"`
	// Surely tells that they are gone or damaged; else nobody answers.
	Surely bool `wire:"3"`
}

// Assign hands a task to a worker.
type Assign struct {
	Term  Term       `wire:"1"`
	Kind  Kind       `wire:"2"`
	Task  int        `wire:"3"`
	Token task.Token `wire:"4"`
	Split Split      `wire:"5"`
	Skip  []uint64   `wire:"6"`
}

// Settle says what becomes of attempts.
type Settle struct {
	Term     Term      `wire:"1"`
	Verdicts []Verdict `wire:"2"`
}

// Verdict is what becomes of an attempt: it counts, or whatever of it there is may
// go. An attempt that does not count and still runs is to be stopped.
type Verdict struct {
	Token  task.Token `wire:"1"`
	Counts bool       `wire:"2"`
}

// Locate tells a worker with reduce tasks where regions are: the changes from one
// version of the master's table to another.
type Locate struct {
	Term   Term    `wire:"1"`
	From   uint64  `wire:"2"`
	To     uint64  `wire:"3"`
	Places []Place `wire:"4"`
}

// Place is where the regions of a map task are. The zero Token says that they are
// nowhere at present.
type Place struct {
	Map    int        `wire:"1"`
	Token  task.Token `wire:"2"`
	Worker node.Addr  `wire:"3"`
}

// Dismiss tells a worker that a job is over.
type Dismiss struct {
	Term Term `wire:"1"`
}

// Fetch asks a worker for bytes of a region, at most Most of them. Each one out is
// a credit spent; Chunk gives it back.
type Fetch struct {
	Job       string     `wire:"1"`
	Map       int        `wire:"2"`
	Token     task.Token `wire:"3"` // whose region
	Partition int        `wire:"4"`
	Offset    int64      `wire:"5"`
	Most      int        `wire:"6"`
	For       task.Token `wire:"7"` // the attempt that asks
	// Near asks for where the region lies instead of its bytes, since it is on this machine.
	Near bool `wire:"8"`
}

// Chunk answers Fetch.
type Chunk struct {
	Job    string     `wire:"1"`
	Map    int        `wire:"2"`
	Token  task.Token `wire:"3"`
	For    task.Token `wire:"4"`
	Offset int64      `wire:"5"`
	Region Region     `wire:"6"`
	Data   []byte     `wire:"7"`
	Gone   bool       `wire:"8"` // there is no such region here
	// Dir, if not empty, is the directory of this worker's files; the region begins at At
	// of the one that the attempt made, and there is no Data.
	Dir string `wire:"9"`
	At  int64  `wire:"10"`
}

// Open tells the global file system of a job, and shuts out its masters of earlier
// epochs.
type Open struct {
	Term Term `wire:"1"`
}

// Opened answers Open with the partitions whose output is there.
type Opened struct {
	Term Term  `wire:"1"`
	Have []int `wire:"2"`
	// Problem is why the job cannot write there; "" if it can.
	Problem string `wire:"3"`
}

// Put appends bytes to an attempt's private output.
type Put struct {
	Term      Term       `wire:"1"`
	Partition int        `wire:"2"`
	Token     task.Token `wire:"3"`
	Offset    int64      `wire:"4"`
	Data      []byte     `wire:"5"`
}

// Held answers Put, and a Commit that came too early, with how many bytes of it are
// there: go on from there.
type Held struct {
	Term      Term       `wire:"1"`
	Partition int        `wire:"2"`
	Token     task.Token `wire:"3"`
	Bytes     int64      `wire:"4"`
	// Problem is why no more will be taken; "" if it will.
	Problem string `wire:"5"`
}

// Commit gives an attempt's private output the name of its partition, unless another
// has that.
type Commit struct {
	Term      Term       `wire:"1"`
	Partition int        `wire:"2"`
	Token     task.Token `wire:"3"`
	Length    int64      `wire:"4"`
	Sum       uint32     `wire:"5"`
}

// Committed answers Commit once the partition's output is durable under its name.
type Committed struct {
	Term      Term       `wire:"1"`
	Partition int        `wire:"2"`
	Token     task.Token `wire:"3"`
	// First tells that it is this attempt's, as far as is still known.
	First   bool   `wire:"4"`
	Problem string `wire:"5"`
}

// Ask wants to know how a job is doing. Status answers it.
type Ask struct {
	Job string `wire:"1"`
}
