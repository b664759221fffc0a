package mapreduce

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/mapreduce/watch"
	"github.com/parleysystems/parley/node"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// A worker answers pings beside its tasks, so silence of seconds means much. To give
// up one that lives costs what it did, and the next time it is waited for twice as long.
// Where no network is in between, less silence means as much.
const (
	pingEvery     = 200 * time.Millisecond
	deadAfter     = 2 * time.Second
	nearDeadAfter = time.Second
)

// backupAfter is how long an execution lasts before it may be called slow. Splits of at
// most 64 MiB take about a second; a backup of a tail that is shorter wins nothing.
const backupAfter = 500 * time.Millisecond

// checkpointEvery is how much of a master's work its successor does again, at most.
const checkpointEvery = 500 * time.Millisecond

// mastery is one run of a job with workers.
type mastery struct {
	cluster  Cluster
	local    *local
	id       string
	dir      string      // of the host: log, checkpoints, outputs
	kept     *checkpoint // nil if the job ends with this process
	began    time.Time
	host     *live.Host
	status   mr.Status
	ended    chan struct{} // holds one when the master has ended the job
	hopeless bool          // the job itself has failed: to run it on would be in vain
	seen     atomic.Pointer[watch.View]
}

// run runs the job and commits its output.
func (m *mastery) run(ctx context.Context) (s Summary, err error) {
	if m.kept == nil {
		defer os.RemoveAll(m.dir)
	}
	if err := m.open(); err != nil {
		return Summary{}, err
	}
	defer m.host.Close()
	err = m.local.o.show(m.view, func() error {
		err := m.await(ctx)
		m.look() // the last time that there is something to see
		if closed := m.host.Close(); err == nil {
			err = closed
		}
		if err == nil {
			err = m.collect()
		}
		if err == nil {
			s = summaryOf(m.status)
			s.Outputs, err = m.local.out.commit(s)
		}
		return err
	})
	s.Wall = time.Since(m.began)
	return s, err
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
	name := cmp.Or(m.cluster.Name, "master-"+m.id)
	config := m.config()
	config.Workers, config.Roster, config.Files = workers, roster, node.Join(name, filesService)
	if err := config.Validate(); err != nil {
		return err
	}
	m.host, err = live.Open(live.Config{
		Name: name, Cluster: cmp.Or(m.cluster.Of, clusterName), Dir: m.dir, Peers: peers, Credentials: m.cluster.Credentials,
	})
	if err != nil {
		return err
	}
	err = errors.Join(
		m.host.Serve(filesService, func() node.Node { return mr.NewFiles() }),
		m.host.Serve(masterService, func() node.Node { return mr.NewMaster(config) }))
	if err != nil {
		m.host.Close()
	}
	return err
}

// config is the job, and what does not depend on who works.
func (m *mastery) config() mr.MasterConfig {
	c := mr.MasterConfig{
		Job: mr.Job{
			ID: m.id, Splits: m.local.splits, Partitions: m.local.o.Partitions,
			Spec: m.envelope(), MaxSkipped: m.local.o.Skip,
		},
		NoBackups: m.cluster.NoBackups, PingEvery: pingEvery, DeadAfter: deadAfter,
		Ended: func(mr.Status) {
			select {
			case m.ended <- struct{}{}:
			default: // an earlier incarnation's is there
			}
		},
	}
	if m.near() {
		c.DeadAfter = nearDeadAfter
		// Fetching while maps run wins nothing where no network is in between.
		c.SlowStart = 1000
	}
	c.Backups.Least = backupAfter
	if m.local.o.Skip > 0 {
		c.Job.SkipAfter = 2
	}
	if m.kept != nil {
		c.CheckpointEvery = checkpointEvery
	}
	return c
}

// near tells whether all workers are on this machine.
func (m *mastery) near() bool {
	for _, worker := range m.cluster.Workers {
		if _, address := place(worker); !loopback(address) {
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
		case <-m.ended:
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
			m.hopeless = true
			return fmt.Errorf("%s; nothing was written to the output", status.Problem)
		case status.Workers > 0:
			alone = time.Now()
		case time.Since(alone) > patience:
			return fmt.Errorf("%w for %v: %s; nothing was written to the output", ErrNoWorkers, patience, strings.Join(m.cluster.Workers, ", "))
		}
	}
}

func (m *mastery) ask() (mr.Status, error) { return ask(m.host, (*mr.Master).Status) }

// ask has the master answer on its own loop.
func ask[T any](h *live.Host, question func(*mr.Master) T) (answer T, err error) {
	answers := make(chan T, 1)
	if err := h.Do(masterService, func(n node.Node) { answers <- question(n.(*mr.Master)) }); err != nil {
		return answer, err
	}
	select {
	case answer = <-answers:
		return answer, nil
	case <-h.Done():
		return answer, h.Err()
	}
}

// collect brings the outputs to where they are committed from.
func (m *mastery) collect() error {
	out := m.local.out
	bring := os.Rename
	if m.kept != nil {
		bring = copyOutput // a successor may have to do so again
	}
	for task := range m.local.o.Partitions {
		name := fmt.Sprintf("part-%05d", task)
		from := filepath.Join(m.dir, "files", filesService, filepath.FromSlash(mr.OutputName(m.id, task)))
		to := filepath.Join(out.dir, name)
		if err := bring(from, to); err != nil {
			return fmt.Errorf("output of partition %d: %w", task, err)
		}
		part, err := describe(to)
		if err != nil {
			return err
		}
		out.parts[task] = part
	}
	if m.kept != nil {
		return nil
	}
	return os.RemoveAll(m.dir)
}
