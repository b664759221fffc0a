package host

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/roll"
	"github.com/parleysystems/parley/serve/values"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Host is one running host.
type Host struct {
	config Config
	live   *live.Host
	opened time.Time
	fixed  Status                 // the parts of Status that do not change
	last   atomic.Pointer[Status] // what Status last returned
	door   atomic.Pointer[door]   // nil until the replica has started
	begun  sync.WaitGroup         // begin, while it runs
	values *values.Store          // of long values; nil if they are in memory

	mu      sync.Mutex
	failed  error // of what is not the kernel's
	closing sync.Once
	closed  error
}

// Open starts a host on its data directory. It does not wait for other hosts:
// on the first start of all, the replica starts once a majority of them have
// met, and clients wait until then.
func Open(c Config) (*Host, error) {
	if err := c.check(); err != nil {
		closeAll(c.Peer, c.Client)
		return nil, fmt.Errorf("host %s: %w", c.Name, err)
	}
	kernel, err := live.Open(live.Config{
		Name: c.Name, Cluster: c.Cluster, Dir: c.Dir,
		Listener: c.Peer, Peers: c.peers(), Credentials: c.Credentials, Logger: c.Logger, Tracer: c.Tracer,
		Bounds: c.bounds(),
	})
	if err != nil {
		closeAll(c.Client)
		return nil, err
	}
	h := &Host{config: c, live: kernel, opened: time.Now(), fixed: Status{
		Name: c.Name, Client: c.Client.Addr().String(), Peer: kernel.Addr(), Data: c.Dir, Role: "starting",
	}}
	h.last.Store(&h.fixed)
	if err := h.openStore(); err != nil {
		closeAll(c.Client)
		return nil, errors.Join(fmt.Errorf("host %s: %w", c.Name, err), kernel.Close())
	}
	// begin needs the loops to go on, so it runs beside the one that calls it.
	h.begun.Add(1)
	mayBegin := make(chan struct{})
	go h.begin(mayBegin)
	err = kernel.Serve(RollService, h.config.guarded(func() node.Node {
		r := roll.New(c.rolls(), func() { close(mayBegin) })
		r.Forgiving = c.Recover
		return r
	}))
	for _, name := range slices.Sorted(maps.Keys(c.Beside)) {
		if err == nil {
			err = kernel.Serve(name, c.Beside[name])
		}
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// bounds are the kernel's usual ones, and room for what stands beside the store.
func (c *Config) bounds() (b live.Bounds) {
	if c.BesideJobs > 0 {
		b.Workers = live.DefaultBounds().Workers + c.BesideJobs
	}
	return b
}

// Look has f look at a service of Config.Beside, on its own loop, unless that is too busy
// to take this in.
func (h *Host) Look(service string, f func(node.Node)) error { return h.live.TryDo(service, f) }

// begin starts the replica and opens the door as soon as the roll was called,
// and closes the door when the kernel has stopped (I2).
func (h *Host) begin(mayBegin <-chan struct{}) {
	defer h.begun.Done()
	defer h.config.Client.Close()
	select {
	case <-h.live.Done():
		return
	case <-mayBegin:
	}
	c := h.config
	if err := h.serve(engines[c.Engine]); err != nil {
		h.fail(err)
		return
	}
	d, err := openDoor(c, h.live)
	if err != nil {
		h.fail(err)
		return
	}
	h.door.Store(d)
	<-h.live.Done()
	d.close()
}

// serve starts the replica, and before it what its engine needs beside it.
func (h *Host) serve(e engine) error {
	c := &h.config
	if e.beside != nil {
		services := e.beside(c)
		for _, name := range slices.Sorted(maps.Keys(services)) {
			if err := h.live.Serve(name, c.guarded(services[name])); err != nil {
				return err
			}
		}
	}
	return h.live.Serve(Service, func() node.Node {
		return rsm.New(e.replica(c), h.machine(), rsm.Config{Stranger: c.stranger})
	})
}

// fail stops the kernel because of something that it does not know.
func (h *Host) fail(err error) {
	h.mu.Lock()
	h.failed = err
	h.mu.Unlock()
	_ = h.live.Close() // its own failure, if any, is told by its Err
}

// Done is closed as soon as the host has failed or is being closed.
func (h *Host) Done() <-chan struct{} { return h.live.Done() }

// Err returns why the host failed; nil while it runs and after Close.
func (h *Host) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return advise(errors.Join(h.live.Err(), h.failed), h.config.Dir)
}

// Close stops the host. What was acknowledged is durable before and after.
func (h *Host) Close() error {
	h.closing.Do(func() {
		if d := h.door.Load(); d != nil {
			d.close() // I3
		}
		h.closed = h.live.Close()
		h.begun.Wait()
		if h.values != nil {
			h.closed = errors.Join(h.closed, h.values.Close())
		}
	})
	return h.closed
}

func closeAll(listeners ...interface{ Close() error }) {
	for _, l := range listeners {
		if l != nil {
			_ = l.Close() // the error that made us close is the one to report
		}
	}
}
