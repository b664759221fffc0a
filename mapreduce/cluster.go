package mapreduce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Cluster is who runs the tasks of a job, if not this process.
type Cluster struct {
	// Workers are the addresses that workers listen on, as they know them
	// themselves (WorkerOptions.Advertise): host:port, or name=host:port.
	Workers []string
	// Spec tells workers which job it is; their Library makes the same plan of it.
	Spec []byte
	// Credentials are needed unless all workers are on this machine.
	Credentials *live.Credentials
	// Name is the host name of the master, which its certificate must be for. Default
	// "master" and a number.
	Name string
	// NoBackups turns backup tasks off.
	NoBackups bool
	// Patience is how long the job waits while no worker can be reached. Default 30 s.
	Patience time.Duration
}

// envelope is what travels as the specification of a job.
type envelope struct {
	Spec      []byte `json:"spec"`
	MaxRecord int    `json:"max_record"`
}

// services of a job's host and of a worker's.
const (
	masterService = "master"
	filesService  = "files"
	workerService = "worker"
	clusterName   = "parley-mapreduce"
)

// slotsAWorker is how many tasks a worker is taken to run at a time, when the job is
// cut into tasks: only it knows.
const slotsAWorker = 4

// A worker answers pings beside its tasks, so silence of seconds means much. To give
// up one that lives costs what it did, and no more.
const (
	pingEvery = 200 * time.Millisecond
	deadAfter = 2 * time.Second
)

// place takes apart what names a worker: name=host:port, or host:port, of which a
// name is made. The name is what the worker's certificate must be for, if it has one.
func place(worker string) (name, address string) {
	if name, address, named := strings.Cut(worker, "="); named {
		return name, address
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, worker)
	return "w-" + name, worker
}

// RunOn runs a job on workers. This process is the master, and keeps the outputs; the
// inputs must be there under the same names on every worker (see Absolute). It returns once the
// output is complete and durable, or once the job has failed and left nothing.
func RunOn(ctx context.Context, c Cluster, plan Plan, o Options) (Summary, error) {
	began := time.Now()
	if len(c.Workers) == 0 {
		return Summary{}, errors.New("no workers")
	}
	if o.Tasks == 0 {
		o.Tasks = slotsAWorker * len(c.Workers)
	}
	l, err := prepare(plan, o)
	if err != nil {
		return Summary{}, err
	}
	defer l.cleanUp()
	m := &mastery{cluster: c, local: l, id: fmt.Sprintf("mr-%x", time.Now().UnixNano())}
	status, err := m.run(ctx)
	if err != nil {
		return Summary{}, err
	}
	s := summaryOf(status)
	s.Wall = time.Since(began)
	s.Outputs, err = l.out.commit(s)
	return s, err
}

// mastery is one run of a job with workers.
type mastery struct {
	cluster Cluster
	local   *local
	id      string
	dir     string // of the host: log, checkpoints, outputs
	host    *live.Host
	status  mr.Status
}

func (m *mastery) run(ctx context.Context) (mr.Status, error) {
	// Beside the outputs, so that they become the outputs by a rename.
	m.dir = filepath.Join(m.local.out.dir, ".master")
	defer os.RemoveAll(m.dir)
	if err := m.open(); err != nil {
		return mr.Status{}, err
	}
	err := m.await(ctx)
	if closed := m.host.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = m.collect()
	}
	return m.status, err
}

func (m *mastery) open() (err error) {
	peers, roster := map[string]string{}, []mr.Peer(nil)
	var workers []node.Addr
	for _, worker := range m.cluster.Workers {
		name, address := place(worker)
		if peers[name] != "" {
			return fmt.Errorf("worker %s is given twice", worker)
		}
		peers[name] = address
		roster = append(roster, mr.Peer{Host: name, Address: address})
		workers = append(workers, node.Join(name, workerService))
	}
	name := m.cluster.Name
	if name == "" {
		name = "master-" + m.id
	}
	m.host, err = live.Open(live.Config{Name: name, Cluster: clusterName, Dir: m.dir, Peers: peers, Credentials: m.cluster.Credentials})
	if err != nil {
		return err
	}
	config := mr.MasterConfig{
		Job: mr.Job{
			ID: m.id, Splits: m.local.splits, Partitions: m.local.o.Partitions,
			Spec: m.envelope(), MaxSkipped: m.local.o.Skip,
		},
		Workers: workers, Roster: roster, Files: node.Join(name, filesService), NoBackups: m.cluster.NoBackups,
		PingEvery: pingEvery, DeadAfter: deadAfter,
	}
	if m.near() {
		// Fetching while maps run wins nothing where no network is in between, and a
		// reduce task that waits for maps looks like one that is slow.
		config.SlowStart = 1000
	}
	if m.local.o.Skip > 0 {
		config.Job.SkipAfter = 2
	}
	if err = config.Validate(); err == nil {
		err = errors.Join(
			m.host.Serve(filesService, func() node.Node { return mr.NewFiles() }),
			m.host.Serve(masterService, func() node.Node { return mr.NewMaster(config) }))
	}
	if err != nil {
		m.host.Close()
	}
	return err
}

// near tells whether all workers are on this machine.
func (m *mastery) near() bool {
	for _, worker := range m.cluster.Workers {
		_, address := place(worker)
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

func (m *mastery) envelope() []byte {
	text, err := json.Marshal(envelope{m.cluster.Spec, m.local.o.MaxRecord})
	if err != nil {
		panic(err) // bytes and a number only
	}
	return text
}

// ErrNoWorkers says that no worker could be reached for long.
var ErrNoWorkers = errors.New("no worker can be reached")

// await watches the job until it has ended.
func (m *mastery) await(ctx context.Context) error {
	patience := m.cluster.Patience
	if patience == 0 {
		patience = 30 * time.Second
	}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	alone := time.Now() // since when
	for {
		select {
		case <-ctx.Done():
			return interrupted(ctx)
		case <-m.host.Done():
			return m.host.Err()
		case <-ticker.C:
		}
		status, err := m.ask()
		if err != nil {
			return err
		}
		m.status = status
		if m.local.o.Progress != nil {
			m.local.o.Progress(progressOf(status, m.local.board.total))
		}
		switch {
		case status.Phase == mr.Finished:
			return nil
		case status.Phase == mr.Failed, status.Phase == mr.Aborted:
			return fmt.Errorf("%s; nothing was written to the output", status.Problem)
		case status.Workers > 0:
			alone = time.Now()
		case time.Since(alone) > patience:
			return fmt.Errorf("%w for %v: %s; nothing was written to the output", ErrNoWorkers, patience, strings.Join(m.cluster.Workers, ", "))
		}
	}
}

func (m *mastery) ask() (mr.Status, error) {
	answer := make(chan mr.Status, 1)
	if err := m.host.Do(masterService, func(n node.Node) { answer <- n.(*mr.Master).Status() }); err != nil {
		return mr.Status{}, err
	}
	select {
	case s := <-answer:
		return s, nil
	case <-m.host.Done():
		return mr.Status{}, m.host.Err()
	}
}

// collect moves the outputs to where they are committed from.
func (m *mastery) collect() error {
	out := m.local.out
	for task := range m.local.o.Partitions {
		name := fmt.Sprintf("part-%05d", task)
		from := filepath.Join(m.dir, "files", filesService, filepath.FromSlash(mr.OutputName(m.id, task)))
		to := filepath.Join(out.dir, name)
		if err := os.Rename(from, to); err != nil {
			return fmt.Errorf("output of partition %d: %w", task, err)
		}
		part, err := describe(to)
		if err != nil {
			return err
		}
		out.parts[task] = part
	}
	return os.RemoveAll(m.dir)
}
