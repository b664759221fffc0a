package mapreduce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Library makes the plan of a job from its specification.
type Library func(spec []byte) (Plan, error)

// WorkerOptions say how a worker runs. The zero value of a field means its default.
type WorkerOptions struct {
	// Listen is the TCP address that masters and other workers reach it on.
	Listen string
	// Advertise is that address as others have it, or name=host:port. Default Listen,
	// with the port that was chosen if that is 0.
	Advertise string
	// Library finds the jobs.
	Library Library
	// Dir keeps intermediate data; it is the worker's alone, and emptied. Default a
	// directory in os.TempDir, removed at the end.
	Dir string
	// Memory bounds the process, in bytes. Default 512 MiB.
	Memory int64
	// Tasks is how many run at a time, of each kind. Default GOMAXPROCS.
	Tasks int
	// Credentials are needed unless Listen is a loopback address.
	Credentials *live.Credentials
	// Inputs, if set, is the directory that all input must lie below: what a job may read.
	Inputs string
	// Slow is what each task takes longer. It is for trying out backup tasks.
	Slow time.Duration
	// Ready is told the address once the worker can be reached.
	Ready func(advertise string)
	// Logger gets what an operator should know.
	Logger *slog.Logger
}

// Work runs a worker until the context ends, for any number of masters, one job at a
// time. It tells its master when it goes.
func Work(ctx context.Context, o WorkerOptions) error {
	if err := o.complete(); err != nil {
		return err
	}
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "parley-mr-worker-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.Dir = dir
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return err
	}
	if o.Advertise == "" {
		o.Advertise = listener.Addr().String()
	}
	return o.serve(ctx, listener)
}

// complete sets what has a default.
func (o *WorkerOptions) complete() error {
	if o.Library == nil {
		return errors.New("a worker without a library can run nothing")
	}
	if o.Tasks == 0 {
		o.Tasks = runtime.GOMAXPROCS(0)
	}
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	return nil
}

func (o *WorkerOptions) serve(ctx context.Context, listener net.Listener) error {
	bounds := live.DefaultBounds()
	bounds.Workers = 2 * o.Tasks
	name, _ := place(o.Advertise)
	host, err := live.Open(live.Config{
		Name: name, Cluster: clusterName, Dir: o.Dir, Listener: listener,
		Credentials: o.Credentials, Logger: o.Logger, Bounds: bounds,
	})
	if err != nil {
		listener.Close()
		return err
	}
	config, err := o.config()
	near, unnamed := newNeighbours(o.Dir, name)
	if err = errors.Join(err, unnamed); err == nil {
		config.Neighbours = near
		config.Meet = func(p mr.Peer) {
			near.meet(p)
			_ = host.AddPeer(p.Host, p.Address) // what cannot be reached is reported as lost
		}
		err = host.Serve(workerService, func() node.Node { return mr.NewWorker(config) })
	}
	if err != nil {
		return errors.Join(err, host.Close())
	}
	if o.Ready != nil {
		o.Ready(o.Advertise)
	}
	select {
	case <-host.Done():
		return errors.Join(host.Err(), host.Close())
	case <-ctx.Done():
		left := make(chan struct{})
		if host.Do(workerService, func(n node.Node) { n.(*mr.Worker).Leave(); close(left) }) == nil {
			select {
			case <-left:
			case <-host.Done():
			}
		}
		return host.Close()
	}
}

// config divides the memory: each task at a time has a share, and each reduce task
// one for what it fetches.
func (o *WorkerOptions) config() (mr.WorkerConfig, error) {
	share := (o.Memory - fixedMemory) / int64(3*o.Tasks)
	if share < leastMemory {
		return mr.WorkerConfig{}, fmt.Errorf("a budget of %d bytes is too small for %d tasks of each kind: they need %d", o.Memory, o.Tasks, int64(fixedMemory+3*o.Tasks*leastMemory))
	}
	config := mr.WorkerConfig{
		MapSlots: o.Tasks, ReduceSlots: o.Tasks, Memory: share, FetchMemory: share,
		Library: func(spec []byte) (mr.Program, error) {
			var e envelope
			if err := json.Unmarshal(spec, &e); err != nil {
				return nil, fmt.Errorf("the job's specification: %w", err)
			}
			plan, err := o.Library(e.Spec)
			if err != nil {
				return nil, err
			}
			program, err := NewProgram(plan, e.MaxRecord, o.Tasks)
			if err == nil {
				program.inputs = o.Inputs
			}
			return program, err
		},
		Monitor: func() mr.Monitor { return new(gauge) },
	}
	if o.Slow > 0 {
		config.Pace = func(mr.Work) time.Duration { return o.Slow }
	}
	return config, config.Validate()
}

// gauge is a monitor that a body and its worker's loop share.
type gauge struct {
	bytes     atomic.Int64
	cancelled atomic.Bool
}

func (g *gauge) Advance(n int64) error {
	g.bytes.Add(n)
	if g.cancelled.Load() {
		return mr.ErrCancelled
	}
	return nil
}

func (g *gauge) Advanced() int64 { return g.bytes.Load() }

func (g *gauge) Cancel() { g.cancelled.Store(true) }
