package mapreducetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Cluster is a master, its workers, the global file system and a client, in a world.
type Cluster struct {
	World   *sim.World
	Input   input
	Workers []node.Addr

	master  mapreduce.MasterConfig
	answer  [][]byte // what the outputs must be; nil for what is not known
	watch   *watcher
	status  mapreduce.Status // as the client heard last
	result  error
	over    bool
	ended   time.Duration
	program mapreduce.Functions
}

// setup says what a cluster is like.
type setup struct {
	program    string
	input      input
	partitions int
	workers    int
	place      func(split int) []string
	master     func(*mapreduce.MasterConfig)
	worker     func(i int, c *mapreduce.WorkerConfig)
	functions  *mapreduce.Functions // instead of program
	pure       bool                 // outputs are known
	buffer     int64                // of emitted pairs; 0 is the default
	tight      bool                 // reducers have no memory for regions
	absent     int                  // of the workers, the last ones are not hired
	machines   int                  // that the workers share; 0: each has its own
}

// Hosts of a cluster.
const (
	masterHost = "m"
	filesHost  = "g"
	clientHost = "c"
)

var (
	masterAddr = node.Join(masterHost, "master")
	filesAddr  = node.Join(filesHost, "files")
)

const job = "job"

// quick are times that make small jobs short.
func quick(c *mapreduce.MasterConfig) {
	c.PingEvery, c.DeadAfter, c.Lease = 50*time.Millisecond, 400*time.Millisecond, 300*time.Millisecond
	c.NotifyEvery = 5 * time.Millisecond
	c.Backups.Least = 100 * time.Millisecond
}

// newCluster serves everything; the job begins when the world runs.
func newCluster(w *sim.World, watch *watcher, s setup) *Cluster {
	k := &Cluster{World: w, Input: s.input, watch: watch}
	k.program = s.input.programs()[s.program]
	if s.functions != nil {
		k.program = *s.functions
	}
	if s.pure {
		k.answer = s.input.answer(k.program, s.partitions)
	}
	for i := range s.workers {
		k.Workers = append(k.Workers, node.Join(workerHost(i), "worker"))
	}
	k.master = mapreduce.MasterConfig{
		Job:   mapreduce.Job{ID: job, Spec: []byte(s.program), Splits: s.input.splits(s.place), Partitions: s.partitions},
		Files: filesAddr, Workers: k.Workers[:s.workers-s.absent],
	}
	quick(&k.master)
	if s.master != nil {
		s.master(&k.master)
	}
	w.Host(filesHost).Serve("files", func() node.Node { return mapreduce.NewFiles() })
	w.Host(masterHost).Serve("master", func() node.Node { return mapreduce.NewMaster(k.master) })
	for i, a := range k.Workers {
		k.serve(i, a, s)
	}
	w.Host(clientHost).Serve("client", func() node.Node { return &client{k} })
	watch.watch(k)
	return k
}

func workerHost(i int) string { return fmt.Sprintf("w%d", i) }

func (k *Cluster) serve(i int, a node.Addr, s setup) {
	c := mapreduce.WorkerConfig{
		Library: s.input.library(s.buffer), RetryAfter: 60 * time.Millisecond, MasterSilence: 20 * time.Second,
		Memory: 2 << 20, FetchMemory: 1 << 20, Chunk: 4 << 10,
	}
	if s.functions != nil {
		c.Library = func([]byte) (mapreduce.Program, error) { return s.functions.Program(), nil }
	}
	if s.worker != nil {
		s.worker(i, &c)
	}
	if s.machines > 0 {
		c.Neighbours = &neighbours{k, i, s.machines}
	}
	k.World.Host(a.Host()).Serve(a.Service(), func() node.Node { return mapreduce.NewWorker(c) })
}

// client waits for the job to end.
type client struct{ k *Cluster }

func (c *client) Start(env node.Env) {
	env.Go(func(t node.Task) {
		s, err := mapreduce.Await(t, masterAddr, job, 50*time.Millisecond, time.Hour, func(s mapreduce.Status) { c.k.status = s })
		c.k.status, c.k.result, c.k.over, c.k.ended = s, err, true, c.k.World.Now()
	})
}

func (c *client) Receive(node.Addr, node.Message) {}

// Master returns the running master, or nil.
func (k *Cluster) Master() *mapreduce.Master {
	m, _ := k.World.Node(masterAddr).(*mapreduce.Master)
	return m
}

// finished returns nil once the client has heard that the job is over.
func (k *Cluster) finished() error {
	if k.watch.err != nil || k.over {
		return nil // what matters is what was objected to
	}
	return (*unfinished)(k)
}

// unfinished is a cluster whose job is not over. It is asked after every event, and says
// what is missing only if somebody wants to know.
type unfinished Cluster

func (u *unfinished) Error() string {
	m := (*Cluster)(u).Master()
	if m == nil {
		return "the master is down"
	}
	s := m.Status()
	return fmt.Sprintf("the job is %v: %d of %d map and %d of %d reduce tasks are done, %d workers are there, failures: %s",
		s.Phase, s.Maps.Done, s.Maps.Tasks, s.Reduces.Done, s.Reduces.Tasks, s.Workers, strings.Join(last(s.Failures, 3), "; "))
}

func last(all []string, n int) []string { return all[max(0, len(all)-n):] }

// output returns what the file system has of a partition.
func (k *Cluster) output(partition int) ([]byte, bool) {
	return k.file("files/files/" + mapreduce.OutputName(job, partition))
}

func (k *Cluster) file(name string) ([]byte, bool) {
	f, err := k.World.Host(filesHost).Disk().Device().Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, false
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); int64(n) < size && !errors.Is(err, io.EOF) {
		return nil, false
	}
	return b, true
}

// right demands that the job has ended well, with the outputs that it must have and
// every record read once.
func (k *Cluster) right() error {
	if k.watch.err != nil {
		return k.watch.err
	}
	if k.result != nil {
		return fmt.Errorf("the job came to nothing: %w", k.result)
	}
	for p := range k.master.Job.Partitions {
		b, there := k.output(p)
		if !there {
			return fmt.Errorf("the output of partition %d is missing", p)
		}
		if k.answer != nil && !bytes.Equal(b, k.answer[p]) {
			return fmt.Errorf("the output of partition %d differs from that of a sequential run: %s", p, differ(b, k.answer[p]))
		}
	}
	// A master that went on from a checkpoint may find outputs whose counters were lost.
	if got, want := k.status.Counters[mapreduce.CountRecords], int64(k.Input.lines()); got > want || got < want && k.status.Restored == 0 {
		return fmt.Errorf("counted are %d input records, there are %d", got, want)
	}
	return nil
}

// differ shows the first line that differs.
func differ(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is %.60q, want %.60q (%d lines, want %d)", i+1, g[i], w[i], len(g), len(w))
		}
	}
	return fmt.Sprintf("it has %d lines, want %d", len(g), len(w))
}
