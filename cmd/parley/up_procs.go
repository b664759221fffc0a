package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/host"
)

// startProcesses runs each host as a child process. The children live no longer
// than this process, even if it is killed.
func startProcesses(s *screen.Screen, f *upFlags, configs []*cluster.Config) (*running, error) {
	if err := spreadHTTP(f.http, configs); err != nil {
		return nil, err
	}
	for _, c := range configs {
		if err := rehearse(c); err != nil {
			return nil, err
		}
	}
	var children []*child
	var stopping atomic.Bool
	stop := sync.OnceValue(func() error { stopping.Store(true); return stopChildren(children) })
	for _, c := range configs {
		ch, err := startChild(s, f, c)
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		children = append(children, ch)
		s.Printf("host %s  process %d", c.Name, ch.cmd.Process.Pid)
	}
	ended := make(chan struct{})
	var wait sync.WaitGroup
	for _, ch := range children {
		wait.Go(func() {
			<-ch.died
			if !stopping.Load() {
				s.Printf("host %s  process %d DIED: %v; the others go on, start parley up again to bring it back",
					ch.config.Name, ch.cmd.Process.Pid, ch.err)
			}
		})
	}
	go func() { wait.Wait(); close(ended) }()
	status := func(ctx context.Context) []host.Status { return askAll(ctx, children) }
	return &running{status: status, ended: ended, stop: stop}, nil
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

// grace is how long a child may take to stop before it is killed.
const grace = 10 * time.Second

func stopChildren(children []*child) error {
	for _, ch := range children {
		_ = ch.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		_ = ch.tether.Close()
	}
	deadline := time.NewTimer(grace)
	defer deadline.Stop()
	var errs []error
	for _, ch := range children {
		select {
		case <-ch.died:
		case <-deadline.C:
			_ = ch.cmd.Process.Kill()
			<-ch.died
			errs = append(errs, fmt.Errorf("host %s did not stop within %v and was killed; nothing acknowledged is lost", ch.config.Name, grace))
			deadline.Reset(0)
		}
	}
	return errors.Join(errs...)
}

func askAll(ctx context.Context, children []*child) []host.Status {
	all := make([]host.Status, len(children))
	var wait sync.WaitGroup
	for i, ch := range children {
		wait.Go(func() { all[i] = ch.status(ctx) })
	}
	wait.Wait()
	return all
}
