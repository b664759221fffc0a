package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

// hints tell what to do about the errors that people meet: which flag or which
// line of the configuration to change.
type hints struct{ peer, client, http, data string }

// sockets are what a host listens on. They are bound before any host starts, so
// that hosts of one process find each other at once.
type sockets struct{ peer, client net.Listener }

func bind(c *cluster.Config, h hints) (s sockets, err error) {
	if s.peer, err = listen("peer", c.PeerAddress(), h.peer); err != nil {
		return s, err
	}
	if s.client, err = listen("client", c.ClientAddress(), h.client); err != nil {
		s.peer.Close()
	}
	return s, err
}

func (s sockets) close() {
	s.peer.Close()
	s.client.Close()
}

// openHost starts one host as its configuration says. It closes the sockets if
// it fails.
func openHost(c *cluster.Config, s sockets, log *slog.Logger, h hints, t *live.Tracer) (*host.Host, error) {
	credentials, err := loadCredentials(c)
	if err != nil {
		s.close()
		return nil, err
	}
	beside, err := workBeside(c.Jobs)
	if err != nil {
		s.close()
		return nil, err
	}
	opened, err := host.Open(host.Config{
		Cluster: c.Cluster, Name: c.Name, Dir: c.Data, Members: members(c.Hosts), Join: c.Join, Engine: c.Engine, Recover: c.Recover, Store: c.Store,
		Peer: s.peer, Client: s.client, Credentials: credentials, Quota: c.SpaceQuota(), Logger: log, Tracer: t,
		Beside: beside, BesideJobs: 2 * len(beside),
	})
	var locked *disk.LockedError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("%w; %s", locked, h.data)
	case err != nil:
		return nil, fmt.Errorf("%w (data directory %s)", err, c.Data)
	}
	return opened, nil
}

func members(hosts []cluster.Host) (all []host.Member) {
	for _, h := range hosts {
		all = append(all, host.Member{Name: h.Name, Peer: h.Peer, Client: h.Client})
	}
	return all
}

func loadCredentials(c *cluster.Config) (*live.Credentials, error) {
	if c.TLS == nil {
		return nil, nil
	}
	return live.LoadCredentials(c.TLS.Certificate, c.TLS.Key, c.TLS.Authority)
}

// listen binds an address, and says what to do if that cannot be.
func listen(what, address, hint string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s port %s is in use by another program: stop that, or %s", what, address, hint)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s address %s is none of this machine's: %s", what, address, hint)
	case err != nil:
		return nil, fmt.Errorf("listen for %s: %w: %s", what, err, hint)
	}
	return l, nil
}

// servePage serves pages until stop is called.
func servePage(address, hint string, pages http.Handler, credentials *live.Credentials) (stop func(), err error) {
	l, err := listen("HTTP", address, hint)
	if err != nil {
		return nil, err
	}
	server := page.Server(pages)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if credentials != nil && !cluster.Loopback(address) {
			server.TLSConfig = host.ServerTLS(credentials)
			_ = server.ServeTLS(l, "", "") // it ends when it is shut down
			return
		}
		_ = server.Serve(l)
	}()
	return func() { shutdown(server); <-ended }, nil
}

func shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close() // clients that did not go by themselves
	}
}
