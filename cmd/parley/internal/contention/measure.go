package main

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// bank is a store under a scheme, for many goroutines.
type bank interface {
	// Do runs a program until it has committed, and tells how often it was aborted.
	Do(program.Program) (aborts int, err error)
	Close() error
}

// store is where rows are.
type store struct {
	name, title string
	open        func(dir string, c schemes.Choice, load *ycsb.Generator) (bank, error)
}

var stores = []store{
	{"memory", "In memory, without a log", openMemory},
	{"engine", "In the storage engine, every commit on the disk", openEngine},
}

// measure runs the load for the time of a point, and a quarter of it before.
func measure(o options, s store, c schemes.Choice, theta float64) (p point, err error) {
	dir, err := os.MkdirTemp("", "contention")
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	mix := ycsb.Options{Mix: ycsb.Mix{Read: 50, Modify: 50}, Rows: o.rows, Theta: theta, Accesses: o.accesses}
	clients := make([]*ycsb.Generator, o.clients)
	for i := range clients {
		if clients[i], err = ycsb.New(mix, 1, i, o.clients); err != nil {
			return p, err
		}
	}
	db, err := s.open(dir, c, clients[0])
	if err != nil {
		return p, err
	}
	r := &race{db: db}
	return r.run(o.point, clients), errors.Join(r.err, db.Close())
}

// race is one measurement under way.
type race struct {
	db              bank
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
	p := point{float64(r.commits.Load()) / took, float64(r.aborts.Load()) / took}
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

// latched is a scheme behind one latch.
type latched struct {
	mu     sync.Mutex
	scheme scheme.Scheme
}

// wait lets go of the latch while it waits.
func (l *latched) wait(ticket *scheme.Ticket) error {
	woken := make(chan struct{})
	ticket.Then(func() { close(woken) })
	l.mu.Unlock()
	<-woken
	l.mu.Lock()
	return nil
}

// Do implements bank. The latch is let go of after each operation.
func (l *latched) Do(p program.Program) (aborts int, err error) {
	run := p.Run
	p.Run = func(tx program.Tx) error { return run(&between{tx, l}) }
	l.mu.Lock()
	defer l.mu.Unlock()
	o, err := program.Persist(l.scheme, p, l.wait, l.pause)
	return o.Aborts, err
}

// pause lets others go on after an abort, for longer with each: up to a millisecond.
func (l *latched) pause(aborts int) {
	l.mu.Unlock()
	<-time.After(min(time.Millisecond, time.Duration(aborts)*10*time.Microsecond))
	l.mu.Lock()
}

func (l *latched) Close() error { return nil }

// between lets others go on after each operation.
type between struct {
	program.Tx
	l *latched
}

// pause gives the processor away as well: with two of them and eight goroutines each
// transaction would run in one piece, and meet nobody.
func (b *between) pause() {
	b.l.mu.Unlock()
	runtime.Gosched()
	b.l.mu.Lock()
}

func (b *between) Get(key []byte) (value []byte, found bool, err error) {
	defer b.pause()
	return b.Tx.Get(key)
}

// GetForUpdate implements program.Updater.
func (b *between) GetForUpdate(key []byte) (value []byte, found bool, err error) {
	defer b.pause()
	return program.GetForUpdate(b.Tx, key)
}

func (b *between) Put(key, value []byte) error {
	defer b.pause()
	return b.Tx.Put(key, value)
}
