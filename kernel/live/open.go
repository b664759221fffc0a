package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/task"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// Open locks the directory, recovers the log and begins to listen and to
// connect. Messages to services that are not served yet are dropped.
func Open(c Config) (*Host, error) {
	h, err := open(c)
	if err != nil {
		if c.Listener != nil {
			c.Listener.Close()
		}
		return nil, fmt.Errorf("live: open host %s: %w", c.Name, err)
	}
	return h, nil
}

func open(c Config) (*Host, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	h := newHost(c)
	if err := h.openDisk(c); err != nil {
		return nil, err
	}
	if err := h.openListener(c); err != nil {
		return nil, errors.Join(err, h.commit.wal.Close(), h.unlock())
	}
	if h.tracer != nil {
		h.risen = h.tracer.rises(h.name)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for range h.bounds.Syncs {
		h.start(h.commit.run)
	}
	h.jobs.begin(h.bounds.Workers)
	h.syncs.begin(h.bounds.Workers)
	if h.listener != nil {
		h.start(h.accept)
	}
	for _, p := range h.known() {
		h.start(p.run)
	}
	return h, nil
}

func newHost(c Config) *Host {
	h := &Host{
		name: c.Name, cluster: c.Cluster, credentials: c.Credentials, bounds: c.Bounds.withDefaults(),
		log: slog.New(slog.DiscardHandler), tracer: c.Tracer, opened: time.Now(), done: make(chan struct{}),
	}
	if c.Logger != nil {
		h.log = c.Logger.With("host", c.Name)
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.jobs, h.syncs = newPool(h), newPool(h)
	h.loops.Store(&map[string]*loop{})
	peers := map[string]*peer{}
	for name, address := range c.Peers {
		peers[name] = newPeer(h, name, address)
	}
	h.peers.Store(&peers)
	return h
}

func (h *Host) openDisk(c Config) (err error) {
	if h.disk = c.Disk; h.disk == nil {
		if h.disk, err = disk.OS(c.Dir); err != nil {
			return err
		}
		if h.lock, err = disk.Lock(c.Dir); err != nil {
			return err
		}
	}
	if err := disk.Settle(h.disk, filesDir); err != nil {
		return errors.Join(fmt.Errorf("make the files that were found durable: %w", err), h.unlock())
	}
	w, err := wal.Open(h.disk, wal.Options{
		MaxBatch: h.bounds.Batch,
		Salt:     rand.Uint64(),
		Halt:     func(err error) { h.fail(fmt.Errorf("read the write-ahead log: %w", err)) },
	})
	if err != nil {
		return errors.Join(err, h.unlock())
	}
	h.commit = newCommit(h, w)
	return nil
}

func (h *Host) openListener(c Config) (err error) {
	if h.listener = c.Listener; h.listener == nil && c.Listen != "" {
		h.listener, err = net.Listen("tcp", c.Listen)
	}
	return err
}

// enterLoop puts a new loop into the table. Needs h.mu.
func (h *Host) enterLoop(l *loop) {
	loops := maps.Clone(h.served())
	loops[l.service] = l
	h.loops.Store(&loops)
	h.order = append(h.order[:len(h.order):len(h.order)], l)
}

func newLoop(h *Host, service string) *loop {
	l := &loop{
		host: h, service: service, self: node.Join(h.name, service),
		mailbox: newMailbox(&h.bounds), began: time.Now(),
		alarm: time.NewTimer(time.Hour),
	}
	l.alarm.Stop()
	l.steps = steps{tracer: h.tracer, self: l.self}
	l.output = output{loop: l, commit: h.commit}
	l.outboxes = outboxes{loop: l, byHost: map[string]*outbox{}, byName: map[string]*outbox{}}
	l.env = newEnv(l)
	l.tasks = task.NewSet(l.env, l.env.sendAs)
	return l
}
