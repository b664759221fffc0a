package mapreduce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/live"
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
	// Of is the cluster that the workers are hosts of (WorkerService), if they are not
	// workers and nothing else.
	Of string
	// Checkpoint is a directory of this job alone. If this process ends in mid-job, by
	// kill -9 or by a loss of power, RunOn of the same job with the same directory goes
	// on with it. The directory goes when the job is over.
	Checkpoint string
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

// place takes apart what names a worker: name=host:port, or host:port, of which a
// name is made. The name is what the worker's certificate must be for, if it has one.
func place(worker string) (name, address string) {
	if name, address, named := strings.Cut(worker, "="); named {
		return name, address
	}
	return "w-" + plain(worker, '.'), worker
}

// plain makes a text fit to be a part of a name: letters, digits, '-', '_', and what else
// is allowed.
func plain(text string, allowed ...rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', slices.Contains(allowed, r):
			return r
		}
		return '-'
	}, text)
}

// RunOn runs a job on workers. This process is the master, and keeps the outputs; the
// inputs must be there under the same names on every worker (see Absolute). It returns once the
// output is complete and durable, or once the job has failed and left nothing but, if
// it can be gone on with, its checkpoint.
func RunOn(ctx context.Context, c Cluster, plan Plan, o Options) (Summary, error) {
	began := time.Now()
	if len(c.Workers) == 0 {
		return Summary{}, errors.New("no workers")
	}
	if err := checkNear(o.Near, c.Workers); err != nil {
		return Summary{}, err
	}
	if o.Tasks == 0 {
		o.Tasks = slotsAWorker * len(c.Workers)
	}
	title := plain(cmp.Or(o.Title, "mr"))
	id := fmt.Sprintf("%s-%x", title[:min(len(title), 40)], time.Now().UnixNano())
	m := &mastery{cluster: c, id: id, began: began, ended: make(chan struct{}, 1)}
	if c.Checkpoint == "" {
		return m.once(ctx, plan, o)
	}
	return m.resumable(ctx, plan, o)
}

// once runs a job that ends with this process.
func (m *mastery) once(ctx context.Context, plan Plan, o Options) (_ Summary, err error) {
	if m.local, err = prepare(plan, o, nil); err != nil {
		return Summary{}, err
	}
	defer m.local.cleanUp()
	// Beside the outputs, so that they become the outputs by a rename.
	m.dir = filepath.Join(m.local.out.dir, ".master")
	return m.run(ctx)
}

// resumable runs a job that another process may have begun, and another may end.
func (m *mastery) resumable(ctx context.Context, plan Plan, o Options) (_ Summary, err error) {
	k, err := openCheckpoint(m.cluster.Checkpoint, m.id, m.cluster.Spec)
	if err != nil {
		return Summary{}, err
	}
	defer k.close()
	if err := k.agree(&o); err != nil {
		return Summary{}, err
	}
	if k.complete() {
		return Summary{Wall: time.Since(m.began), Notes: []string{"the output was complete already"}}, k.remove()
	}
	m.id, m.kept, m.dir = k.job.ID, k, k.path(masterName)
	if m.local, err = prepare(plan, o, k); err != nil {
		return Summary{}, err
	}
	defer m.local.cleanUp()
	if !k.again {
		if err := k.begin(m.local.o, m.local.splits); err != nil {
			return Summary{}, err
		}
	}
	s, err := m.run(ctx)
	switch {
	case err == nil || m.hopeless:
		return s, errors.Join(err, k.remove())
	default:
		return s, fmt.Errorf("%w; the same command goes on with the job from %s", err, k.dir)
	}
}
