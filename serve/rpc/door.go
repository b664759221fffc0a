package rpc

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Config says what is served where. Host, Service, and Listen or Listener are
// needed; zero values of the others stand for what the comments name.
type Config struct {
	Host     *live.Host
	Service  string // an rpc.Server of the host
	Listen   string // host:port
	Listener net.Listener
	// TLS is needed beyond loopback. With ClientAuth set to
	// tls.RequireAndVerifyClientCert, clients are known by their certificates.
	TLS *tls.Config

	MaxFrame int           // bytes of a frame: 1 MiB
	MaxConns int           // connections at a time: 1,024
	MaxCalls int           // calls of a connection at a time: 1,024
	MaxQueue int           // bytes of results that wait for a client: 4 MiB
	Patience time.Duration // for a hello, the rest of a frame, a write: 10 s
	Logger   *slog.Logger  // nil discards
}

// Door takes calls from outside. A server has one door.
type Door struct {
	cfg      Config
	desk     *desk
	listener net.Listener
	done     sync.WaitGroup

	mu     sync.Mutex
	conns  map[*conn]bool
	closed bool
}

// Listen opens a door. The error is live.ErrNeedCredentials if it would take calls
// from other machines in the clear.
func Listen(c Config) (*Door, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	if c.Listener == nil {
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return nil, fmt.Errorf("rpc: %w", err)
		}
		c.Listener = l
	}
	if c.TLS == nil && !loopback(c.Listener.Addr()) {
		return nil, errors.Join(fmt.Errorf("rpc: listen on %s: %w", c.Listener.Addr(), live.ErrNeedCredentials), c.Listener.Close())
	}
	k := &desk{host: c.Host, service: c.Service, maxCalls: c.MaxCalls, waiting: map[rpc.XID]waiters{}, clients: map[node.Addr]int{}}
	if err := k.opens(); err != nil {
		return nil, errors.Join(fmt.Errorf("rpc: %w", err), c.Listener.Close())
	}
	d := &Door{cfg: c, desk: k, listener: c.Listener, conns: map[*conn]bool{}}
	d.done.Add(1)
	go d.accept()
	return d, nil
}

func (c *Config) complete() error {
	if c.Host == nil || c.Service == "" || c.Listen == "" && c.Listener == nil {
		return errors.New("rpc: a door needs a host, a service and an address")
	}
	for _, d := range []struct {
		field *int
		value int
	}{{&c.MaxFrame, 1 << 20}, {&c.MaxConns, 1024}, {&c.MaxCalls, 1024}, {&c.MaxQueue, 4 << 20}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Patience == 0 {
		c.Patience = 10 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// loopback tells whether only this machine can reach an address.
func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// Addr returns where the door listens.
func (d *Door) Addr() string { return d.listener.Addr().String() }

// Close ends all connections. Calls that are under way go on at the server.
func (d *Door) Close() error {
	d.mu.Lock()
	d.closed = true
	for c := range d.conns {
		c.conn.Close()
	}
	d.mu.Unlock()
	err := d.listener.Close()
	d.done.Wait()
	return err
}

func (d *Door) accept() {
	defer d.done.Done()
	for {
		nc, err := d.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			d.cfg.Logger.Error("accept failed", "error", err) // out of descriptors, most likely
			if !d.rest() {
				return
			}
			continue
		}
		d.admit(nc)
	}
}

// rest pauses, unless the host is done.
func (d *Door) rest() bool {
	timer := time.NewTimer(100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.cfg.Host.Done():
		return false
	}
}

// admit begins to serve a connection, or refuses it.
func (d *Door) admit(nc net.Conn) {
	c := &conn{door: d, conn: nc, open: map[uint64]bool{}}
	if d.cfg.TLS != nil {
		c.conn = tls.Server(nc, d.cfg.TLS)
	}
	c.out = newOutbox(c.conn, d.cfg.MaxQueue, d.cfg.Patience)
	d.mu.Lock()
	full := len(d.conns) >= d.cfg.MaxConns
	if d.closed || full {
		d.mu.Unlock()
		d.cfg.Logger.Warn("connection refused", "from", nc.RemoteAddr(), "full", full)
		nc.Close()
		return
	}
	d.conns[c] = true
	d.done.Add(1)
	d.mu.Unlock()
	go func() {
		defer d.done.Done()
		c.converse()
		d.mu.Lock()
		delete(d.conns, c)
		d.mu.Unlock()
	}()
}
