package main

import (
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// bank is a store under a scheme, ready to be measured.
type bank interface {
	// run lets clients do their transactions, and returns how many they did a second.
	run(time.Duration, []*ycsb.Generator) (point, error)
	close() error
}

// store is where rows are. What it holds is used again, by one scheme after the other.
type store struct {
	name, title string
	open        func(o options, c schemes.Choice, load *ycsb.Generator) (bank, error)
}

var stores = []store{
	{"memory", "In memory, without a log", openMemory},
	{"engine", "In the storage engine, every commit on the disk", openEngine},
}

// inOwners is where rows of the last table are besides.
var inOwners = store{"owners", "In memory, the rows divided among owners", openApart}

// measure runs the load for the time of a point, and a quarter of it before.
func measure(o options, s store, c schemes.Choice, theta float64) (p point, err error) {
	mix := ycsb.Options{Mix: ycsb.Mix{Read: 50, Modify: 50}, Rows: o.rows, Theta: theta, Accesses: o.accesses}
	clients := make([]*ycsb.Generator, o.clients)
	for i := range clients {
		if clients[i], err = ycsb.New(mix, 1, i, o.clients); err != nil {
			return p, err
		}
	}
	b, err := s.open(o, c, clients[0])
	if err != nil {
		return p, err
	}
	before := processor()
	p, err = b.run(o.point, clients)
	if p.processor == 0 {
		p.processor = float64(processor()-before) / 1e3 / (p.commits * 1.25 * o.point.Seconds())
	}
	return p, errors.Join(err, b.close())
}

// processor returns the time that this process has spent on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// race is one measurement of a database under way.
type race struct {
	db              database
	commits, aborts atomic.Int64
	counts, over    atomic.Bool
	once            sync.Once
	err             error // the first of a client
}

func (r *race) run(d time.Duration, clients []*ycsb.Generator) point {
	var all sync.WaitGroup
	for _, g := range clients {
		all.Go(func() { r.client(g) })
	}
	<-time.After(d / 4)
	r.counts.Store(true)
	start := time.Now()
	<-time.After(d)
	r.over.Store(true)
	took := time.Since(start).Seconds()
	p := point{commits: float64(r.commits.Load()) / took, aborts: float64(r.aborts.Load()) / took}
	all.Wait()
	return p
}

func (r *race) client(g *ycsb.Generator) {
	for !r.over.Load() {
		aborts, err := r.db.Do(g.Next())
		if err != nil {
			r.once.Do(func() { r.err = err })
			return
		}
		if r.counts.Load() && !r.over.Load() {
			r.commits.Add(1)
			r.aborts.Add(int64(aborts))
		}
	}
}
