package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/mapreduce/watch"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

// machine is one host of parley up, in this process or in one of its own.
type machine interface {
	// open begins an incarnation, which sends nothing to the hosts that it is
	// cut off from.
	open(cuts []string) error
	// over is closed when the latest incarnation has ended.
	over() <-chan struct{}
	status(context.Context) host.Status
	pause() (resume func())
	cut(hosts []string)
	kill() error  // at once
	close() error // cleanly; of what has ended already it does nothing
	describe() string
	metrics() prometheus.Gatherer // nil if they are not to be had here
	jobs(context.Context) []watch.View
}

// fleet is the machines of parley up, and what is being done to them.
type fleet struct {
	screen   *screen.Screen
	tape     *recording
	names    []string
	machines map[string]machine
	ended    chan struct{} // closed when every host has ended by itself
	doing    sync.Mutex    // held by the change that is being made
	stop     func() error  // stops all; may be called again

	mu       sync.Mutex // guards what follows
	is       map[string]*condition
	cuts     []page.Cut
	stopping bool
}

// condition is what a host is like at present.
type condition struct {
	up     bool
	killed bool   // by us: it counts as one that can come back
	resume func() // nil unless it is paused
	last   host.Status
}

func newFleet(s *screen.Screen, r *recording) *fleet {
	f := &fleet{screen: s, tape: r, machines: map[string]machine{}, ended: make(chan struct{}), is: map[string]*condition{}}
	f.stop = sync.OnceValue(f.stopAll)
	return f
}

// add takes in a machine whose first incarnation has begun, or has failed to.
func (f *fleet) add(name string, m machine, up bool) {
	f.names = append(f.names, name)
	f.machines[name] = m
	f.is[name] = &condition{up: up}
	if up {
		go f.follow(name, m.over())
	}
}

// follow waits for the end of an incarnation.
func (f *fleet) follow(name string, over <-chan struct{}) {
	<-over
	f.mu.Lock()
	defer f.mu.Unlock()
	is := f.is[name]
	is.up = false
	if !is.killed && !f.stopping {
		if text := f.machines[name].describe(); text != "" {
			f.screen.Printf("host %s  %s", name, text)
		}
	}
	for _, other := range f.is {
		if other.up || other.killed {
			return
		}
	}
	select {
	case <-f.ended:
	default:
		close(f.ended)
	}
}

// status asks all hosts at once. One that is paused cannot answer.
func (f *fleet) status(ctx context.Context) []host.Status {
	all := make([]host.Status, len(f.names))
	var wait sync.WaitGroup
	for i, name := range f.names {
		wait.Go(func() { all[i] = f.ask(ctx, name) })
	}
	wait.Wait()
	return all
}

func (f *fleet) ask(ctx context.Context, name string) host.Status {
	if s, at := f.standing(name); at != "" {
		s.Failure = at
		return s
	}
	s := f.machines[name].status(ctx)
	if _, at := f.standing(name); at != "" { // done to it while it was asked
		s.Failure = at
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Failure == "" {
		f.is[name].last = s
	}
	return s
}

// standing returns what a host last said, and what was done to it since.
func (f *fleet) standing(name string) (last host.Status, at string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	is := f.is[name]
	switch last = is.last; {
	case last.Name == "": // it has not said anything yet
		return last, ""
	case is.killed:
		return last, "killed from the console"
	case is.resume != nil:
		return last, "paused from the console"
	}
	return last, ""
}

// doors returns the metrics of those hosts that have them here.
func (f *fleet) doors() map[string]prometheus.Gatherer {
	all := map[string]prometheus.Gatherer{}
	for name, m := range f.machines {
		if g := m.metrics(); g != nil {
			all[name] = g
		}
	}
	return all
}

// stopAll stops all at once: one by one, the rest would elect leaders.
func (f *fleet) stopAll() error {
	f.doing.Lock()
	defer f.doing.Unlock()
	f.mu.Lock()
	f.stopping = true
	for _, is := range f.is {
		if is.resume != nil {
			is.resume()
		}
	}
	f.mu.Unlock()
	errs := make([]error, len(f.names))
	var wait sync.WaitGroup
	for i, name := range f.names {
		wait.Go(func() { errs[i] = f.machines[name].close() })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// cutFrom returns the hosts that name sends nothing to. It needs f.mu.
func (f *fleet) cutFrom(name string) (hosts []string) {
	for _, c := range f.cuts {
		if c.From == name {
			hosts = append(hosts, c.To)
		}
	}
	return hosts
}

func (f *fleet) known(name string) error {
	if !slices.Contains(f.names, name) {
		return fmt.Errorf("host %.40q: %w", name, page.ErrNoHost)
	}
	return nil
}
