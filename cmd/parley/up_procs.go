package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
)

// startProcesses runs each host as a child process. The children live no longer
// than this process, even if it is killed.
func startProcesses(s *screen.Screen, f *upFlags, configs []*cluster.Config, _ *recording) (*fleet, error) {
	if err := spreadHTTP(f.http, configs); err != nil {
		return nil, err
	}
	for _, c := range configs {
		if err := rehearse(c); err != nil {
			return nil, err
		}
	}
	all := newFleet(s, nil)
	for _, c := range configs {
		p := &spawned{screen: s, flags: f, config: c}
		if err := p.open(nil); err != nil {
			return nil, errors.Join(err, all.stop())
		}
		all.add(c.Name, p, true)
	}
	return all, nil
}

// spreadHTTP gives each host the next HTTP port after that of the page of all.
func spreadHTTP(page string, configs []*cluster.Config) error {
	if page == "" {
		page = "127.0.0.1:7400" // the children's own pages are how they are watched
	}
	address, port, err := net.SplitHostPort(page)
	if err != nil {
		return fmt.Errorf("--http: %w", err)
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("--http: %q is not a port", port)
	}
	for i, c := range configs {
		c.HTTP = net.JoinHostPort(address, strconv.Itoa(first+1+i))
	}
	return nil
}

// rehearse finds out beforehand what would keep a child from starting, so that
// it is said once and with the flag that helps.
func rehearse(c *cluster.Config) error {
	for _, a := range []struct{ what, address, hint string }{
		{"peer", c.PeerAddress(), upHints.peer},
		{"client", c.ClientAddress(), upHints.client},
		{"HTTP", c.HTTP, upHints.http},
	} {
		l, err := listen(a.what, a.address, a.hint)
		if err != nil {
			return err
		}
		l.Close()
	}
	lock, err := disk.Lock(c.Data)
	if err != nil {
		return fmt.Errorf("%w; %s", err, upHints.data)
	}
	return lock.Close()
}
