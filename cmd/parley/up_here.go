package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/serve/host"
)

// local is a host of this process.
type local struct {
	config *cluster.Config
	log    *slog.Logger
	tracer *live.Tracer

	mu    sync.Mutex
	bound *sockets   // for the first incarnation
	host  *host.Host // the latest incarnation; nil if it did not open
	err   error      // why it did not
}

// startHere runs all hosts in this process. A host whose data is damaged stays
// down while the others are a majority.
func startHere(s *screen.Screen, f *upFlags, configs []*cluster.Config, r *recording) (*fleet, error) {
	bound, err := bindAll(configs)
	if err != nil {
		return nil, err
	}
	all := newFleet(s, r)
	var failed []error
	for i, c := range configs {
		l := &local{config: c, log: f.log, tracer: r.hosts(), bound: &bound[i]}
		err := l.open(nil)
		if err != nil {
			failed = append(failed, err)
		}
		all.add(c.Name, l, err == nil)
		var locked *disk.LockedError
		if errors.As(err, &locked) || 2*len(failed) >= len(configs) {
			for _, b := range bound[i+1:] {
				b.close()
			}
			return nil, errors.Join(errors.Join(failed...), all.stop())
		}
	}
	return all, nil
}

func bindAll(configs []*cluster.Config) (bound []sockets, err error) {
	for _, c := range configs {
		s, err := bind(c, upHints)
		if err != nil {
			for _, b := range bound {
				b.close()
			}
			return nil, err
		}
		bound = append(bound, s)
	}
	return bound, nil
}

func (l *local) open(cuts []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bound := l.bound
	l.bound = nil
	if bound == nil {
		again, err := bind(l.config, upHints)
		if err != nil {
			l.host, l.err = nil, err
			return err
		}
		bound = &again
	}
	l.host, l.err = openHost(l.config, *bound, l.log, upHints, l.tracer)
	if l.err != nil {
		l.host = nil
		return l.err
	}
	l.host.Cut(cuts...)
	return nil
}

// now returns the present incarnation, or why there is none.
func (l *local) now() (*host.Host, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.host, l.err
}

func (l *local) over() <-chan struct{} {
	h, _ := l.now()
	return h.Done()
}

func (l *local) status(context.Context) host.Status {
	h, err := l.now()
	if h == nil {
		self := l.config.Self()
		return host.Status{Name: self.Name, Client: self.Client, Peer: self.Peer, Data: l.config.Data, Failure: err.Error()}
	}
	return h.Status()
}

func (l *local) pause() (resume func()) {
	h, _ := l.now()
	return h.Pause()
}

func (l *local) cut(hosts []string) {
	h, _ := l.now()
	h.Cut(hosts...)
}

// kill stops the host as fast as can be within a process. What it was about to
// say it does not say; its log is made durable, which a real crash would leave
// to chance.
func (l *local) kill() error {
	h, _ := l.now()
	return h.Close()
}

// close tells nothing of a failure that was told when it happened.
func (l *local) close() error {
	h, _ := l.now()
	if h == nil {
		return nil
	}
	failed := h.Err() != nil
	if err := h.Close(); !failed {
		return err
	}
	return nil
}

// describe leaves it to the monitor to tell why a host is down.
func (l *local) describe() string { return "" }

func (l *local) metrics() prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		h, _ := l.now()
		if h == nil {
			return nil, nil
		}
		return h.Metrics().Gather()
	})
}
