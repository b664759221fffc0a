package main

import (
	"context"
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/serve/host"
)

// running is hosts that were started, in this process or in others.
type running struct {
	status func(context.Context) []host.Status
	ended  <-chan struct{} // closed when none is left
	stop   func() error    // stops all; may be called again
	doors  map[string]prometheus.Gatherer
}

// startHere runs all hosts in this process.
func startHere(_ *screen.Screen, f *upFlags, configs []*cluster.Config) (*running, error) {
	bound, err := bindAll(configs)
	if err != nil {
		return nil, err
	}
	var hosts []*host.Host
	stop := sync.OnceValue(func() error { return closeHosts(hosts) })
	for i, c := range configs {
		h, err := openHost(c, bound[i], f.log, upHints)
		if err != nil {
			for _, b := range bound[i+1:] {
				b.close()
			}
			return nil, errors.Join(err, stop())
		}
		hosts = append(hosts, h)
	}
	ended := make(chan struct{})
	go func() {
		for _, h := range hosts {
			<-h.Done()
		}
		close(ended)
	}()
	status := func(context.Context) []host.Status {
		all := make([]host.Status, len(hosts))
		var wait sync.WaitGroup
		for i, h := range hosts {
			wait.Go(func() { all[i] = h.Status() })
		}
		wait.Wait()
		return all
	}
	doors := map[string]prometheus.Gatherer{}
	for i, h := range hosts {
		doors[configs[i].Name] = h.Metrics()
	}
	return &running{status: status, ended: ended, stop: stop, doors: doors}, nil
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

// closeHosts stops all at once: one by one, the rest would elect leaders. What
// failed before was told when it did.
func closeHosts(hosts []*host.Host) error {
	errs := make([]error, len(hosts))
	var wait sync.WaitGroup
	for i, h := range hosts {
		failed := h.Err() != nil
		wait.Go(func() {
			if err := h.Close(); !failed {
				errs[i] = err
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
