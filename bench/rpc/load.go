package main

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// figures are those of one load on one system.
type figures struct {
	rate        float64 // calls a second
	p50, p99    time.Duration
	cpu         float64 // microseconds of processors a call, both ends
	allocations float64 // a call, both ends
}

// size is that of the value that a call carries there and back.
const size = 100

var errOther = errors.New("another value came back")

// load has callers call for some time, each its next call once it has a result.
func load(call caller, callers int, d time.Duration) (figures, error) {
	var (
		all     sync.WaitGroup
		times   = make([][]time.Duration, callers)
		errs    = make([]error, callers)
		before  = mallocs()
		spent   = processor()
		started = time.Now()
	)
	for i := range callers {
		all.Go(func() { times[i], errs[i] = work(call, byte(i), started.Add(d)) })
	}
	all.Wait()
	took := time.Since(started)
	spent, made := processor()-spent, mallocs()-before
	every := slices.Concat(times...)
	slices.Sort(every)
	n := len(every)
	if err := errors.Join(errs...); err != nil || n == 0 {
		return figures{}, errors.Join(err, errors.New("a load did not end well"))
	}
	return figures{
		rate: float64(n) / took.Seconds(), p50: every[n/2], p99: every[n*99/100],
		cpu: float64(spent.Nanoseconds()) / 1e3 / float64(n), allocations: float64(made) / float64(n),
	}, nil
}

// work makes one call at least: on a busy machine the time may be over before it begins.
func work(call caller, fill byte, until time.Time) (times []time.Duration, err error) {
	value := bytes.Repeat([]byte{fill | 1}, size)
	for now := time.Now(); len(times) == 0 || now.Before(until); {
		got, err := call(context.Background(), value)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(got, value) {
			return nil, errOther
		}
		then := now
		now = time.Now()
		times = append(times, now.Sub(then))
	}
	return times, nil
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// processor returns the time that this process has spent on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
