package main

import (
	"iter"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// owner is a scheme over a store in memory, as a node has it: one goroutine calls it, for
// all clients in turn, each for one access. Programs are drawn by other goroutines.
type owner struct {
	scheme  scheme.Scheme
	clients []*task
	point
	over bool
}

// task is a client's transactions, one after the other, as a coroutine.
type task struct {
	o        *owner
	programs <-chan []program.Program
	yield    func(struct{}) bool
	next     func() (struct{}, bool)
	blocked  bool // waits for a ticket
	skips    int  // turns that it lets pass after an abort
	random   *rand.Rand
	err      error
}

// run lets the clients do their transactions for a time, and a quarter of it before.
func (o *owner) run(d time.Duration, clients []*ycsb.Generator) (point, error) {
	quit := make(chan struct{})
	defer close(quit)
	for i, g := range clients {
		t := &task{o: o, programs: draw(g, quit), random: rand.New(rand.NewPCG(1, uint64(i)))}
		next, stop := iter.Pull(t.run)
		defer stop()
		t.next = next
		o.clients = append(o.clients, t)
	}
	o.turns(d / 4)
	o.point = point{}
	took := o.turns(d).Seconds()
	p := point{commits: o.commits / took, aborts: o.aborts / took}
	o.over = true
	return p, o.finish()
}

// turns gives clients their turns for a time, and returns how long that took.
func (o *owner) turns(d time.Duration) time.Duration {
	const between = 1000 // rounds, between two looks at the clock
	start := time.Now()
	for time.Since(start) < d {
		for range between {
			o.round()
		}
	}
	return time.Since(start)
}

// round gives each client a turn, and tells whether any is left.
func (o *owner) round() (left bool) {
	for _, t := range o.clients {
		switch {
		case t.next == nil:
			continue
		case t.skips > 0:
			t.skips--
		case !t.blocked:
			if _, more := t.next(); !more {
				t.next = nil
			}
		}
		left = true
	}
	return left
}

// finish lets every client end the transaction that it is in.
func (o *owner) finish() error {
	for o.round() {
	}
	for _, t := range o.clients {
		if t.err != nil {
			return t.err
		}
	}
	return nil
}

// draw makes a client's programs, ahead of their use.
func draw(g *ycsb.Generator, quit <-chan struct{}) <-chan []program.Program {
	const batch = 64
	programs := make(chan []program.Program, 4)
	go func() {
		for {
			some := make([]program.Program, batch)
			for i := range some {
				some[i] = g.Next()
			}
			select {
			case programs <- some:
			case <-quit:
				return
			}
		}
	}()
	return programs
}

func (t *task) run(yield func(struct{}) bool) {
	t.yield = yield
	for !t.o.over {
		for _, p := range <-t.programs {
			if t.o.over || t.err != nil {
				return
			}
			t.err = t.do(p)
		}
	}
}

// do runs a program until it has committed.
func (t *task) do(p program.Program) error {
	run := p.Run
	p.Run = func(tx program.Tx) error { return run(&turn{tx, t}) }
	o, err := program.Persist(t.o.scheme, p, t.wait, t.pause)
	t.o.commits++
	t.o.aborts += float64(o.Aborts)
	return err
}

// wait lets others go on until the ticket has fired.
func (t *task) wait(ticket *scheme.Ticket) error {
	if !ticket.Fired() {
		t.blocked = true
		ticket.Then(func() { t.blocked = false })
		t.yield(struct{}{})
	}
	return nil
}

// pause lets others go on after an abort, for longer with each.
func (t *task) pause(aborts int) {
	t.skips = t.random.IntN(8 << min(aborts, 6))
	t.yield(struct{}{})
}

// turn lets others go on after each operation.
type turn struct {
	program.Tx
	t *task
}

func (u *turn) Get(key []byte) (value []byte, found bool, err error) {
	value, found, err = u.Tx.Get(key)
	u.t.yield(struct{}{})
	return value, found, err
}

// GetForUpdate implements program.Updater.
func (u *turn) GetForUpdate(key []byte) (value []byte, found bool, err error) {
	value, found, err = program.GetForUpdate(u.Tx, key)
	u.t.yield(struct{}{})
	return value, found, err
}

func (u *turn) Put(key, value []byte) error {
	err := u.Tx.Put(key, value)
	u.t.yield(struct{}{})
	return err
}
