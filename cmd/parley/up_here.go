package main

import (
	"context"
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/host"
)

// running is hosts that were started, in this process or in others.
type running struct {
	status func(context.Context) []host.Status
	ended  <-chan struct{} // closed when none is left
	stop   func() error    // stops all; may be called again
	doors  map[string]prometheus.Gatherer
}

// slot is one host of this process, or why it did not open.
type slot struct {
	*host.Host
	config *cluster.Config
	err    error
}

// startHere runs all hosts in this process. A host whose data is damaged stays
// down while the others are a majority.
func startHere(_ *screen.Screen, f *upFlags, configs []*cluster.Config) (*running, error) {
	bound, err := bindAll(configs)
	if err != nil {
		return nil, err
	}
	var slots []slot
	stop := sync.OnceValue(func() error { return closeHosts(slots) })
	var failed []error
	for i, c := range configs {
		h, err := openHost(c, bound[i], f.log, upHints)
		if err != nil {
			failed = append(failed, err)
		}
		slots = append(slots, slot{h, c, err})
		var locked *disk.LockedError
		if errors.As(err, &locked) || 2*len(failed) >= len(configs) {
			for _, b := range bound[i+1:] {
				b.close()
			}
			return nil, errors.Join(errors.Join(failed...), stop())
		}
	}
	return &running{
		status: func(context.Context) []host.Status { return statuses(slots) },
		ended:  allEnded(slots), stop: stop, doors: doors(slots),
	}, nil
}

func statuses(slots []slot) []host.Status {
	all := make([]host.Status, len(slots))
	var wait sync.WaitGroup
	for i, s := range slots {
		if s.Host == nil {
			self := s.config.Self()
			all[i] = host.Status{Name: self.Name, Client: self.Client, Peer: self.Peer, Data: s.config.Data, Failure: s.err.Error()}
			continue
		}
		wait.Go(func() { all[i] = s.Status() })
	}
	wait.Wait()
	return all
}

func allEnded(slots []slot) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		for _, s := range slots {
			if s.Host != nil {
				<-s.Done()
			}
		}
		close(ended)
	}()
	return ended
}

func doors(slots []slot) map[string]prometheus.Gatherer {
	all := map[string]prometheus.Gatherer{}
	for _, s := range slots {
		if s.Host != nil {
			all[s.config.Name] = s.Metrics()
		}
	}
	return all
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
func closeHosts(slots []slot) error {
	errs := make([]error, len(slots))
	var wait sync.WaitGroup
	for i, s := range slots {
		if s.Host == nil {
			continue
		}
		failed := s.Err() != nil
		wait.Go(func() {
			if err := s.Close(); !failed {
				errs[i] = err
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
