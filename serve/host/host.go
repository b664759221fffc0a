package host

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Host is one running host.
type Host struct {
	live   *live.Host
	opened time.Time
	fixed  Status                 // the parts of Status that do not change
	last   atomic.Pointer[Status] // what Status last returned
	door   *door

	closing sync.Once
	closed  error
}

// Open starts a host on its data directory.
func Open(c Config) (*Host, error) {
	if err := c.check(); err != nil {
		closeAll(c.Peer, c.Client)
		return nil, fmt.Errorf("host %s: %w", c.Name, err)
	}
	kernel, err := live.Open(live.Config{
		Name: c.Name, Cluster: c.Cluster, Dir: c.Dir,
		Listener: c.Peer, Peers: c.peers(), Credentials: c.Credentials, Logger: c.Logger,
	})
	if err != nil {
		closeAll(c.Client)
		return nil, err
	}
	h := &Host{live: kernel, opened: time.Now(), fixed: Status{
		Name: c.Name, Client: c.Client.Addr().String(), Peer: kernel.Addr(), Data: c.Dir, Role: "starting",
	}}
	h.last.Store(&h.fixed)
	err = kernel.Serve(Service, func() node.Node {
		return rsm.New(engines[c.Engine](c.replicas()), kv.New(kv.Options{Quota: c.Quota}), rsm.Config{})
	})
	if err != nil {
		closeAll(c.Client)
		return nil, errors.Join(err, kernel.Close())
	}
	if h.door, err = openDoor(c, kernel); err != nil {
		return nil, errors.Join(err, kernel.Close())
	}
	go h.watch()
	return h, nil
}

// watch keeps I2.
func (h *Host) watch() {
	<-h.live.Done()
	h.door.close()
}

// Done is closed as soon as the host has failed or is being closed.
func (h *Host) Done() <-chan struct{} { return h.live.Done() }

// Err returns why the host failed; nil while it runs and after Close.
func (h *Host) Err() error { return h.live.Err() }

// Close stops the host. What was acknowledged is durable before and after.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.door.close()
		h.closed = h.live.Close()
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
