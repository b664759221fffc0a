package main

import (
	"runtime"
	"slices"
	"time"

	"github.com/parleysystems/parley/serve/owners"
	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// apart is rows in memory that are divided among owners, each of which has a goroutine, and
// a scheme.
type apart struct{ *owners.Owners }

// divisible are the schemes that can be had by several owners.
var divisible = map[string]func(scheme.Store) scheme.Scheme{
	"2pl-no-wait": func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Policy: lock.NoWait}) },
	"mvto":        func(s scheme.Store) scheme.Scheme { return mvcc.New(s, mvcc.Options{Late: 64}) },
	"occ":         func(s scheme.Store) scheme.Scheme { return occ.New(s, occ.Options{}) },
}

// inParts are the stores that were loaded, by how many rows they have in all.
var inParts = map[int][]*memory.Store{}

func openApart(o options, c schemes.Choice, load *ycsb.Generator) (bank, error) {
	parts := inParts[o.rows]
	if parts == nil {
		for range o.owners {
			parts = append(parts, memory.Volatile())
		}
		err := load.Load(func(key, value []byte) error {
			parts[divided.Of(key, o.owners)].Load(string(key), string(value))
			return nil
		})
		if err != nil {
			return nil, err
		}
		inParts[o.rows] = parts
	}
	var rows []owners.Rows
	for _, s := range parts {
		rows = append(rows, owners.Rows{Store: s, Scheme: divisible[c.Name](s)})
	}
	return &apart{owners.New(rows, o.flight, divided.Options{Again: o.again})}, nil
}

func (a *apart) close() error { return nil }

// run lets each owner do the transactions of one client, which are drawn before.
func (a *apart) run(d time.Duration, clients []*ycsb.Generator) (point, error) {
	sources, over := make([]owners.Source, len(clients)), make(chan struct{})
	for i, g := range clients {
		sources[i] = drawn(g, len(clients), over)
	}
	var p point
	ended := make(chan error, 1)
	runtime.GC() // what was left over from drawing
	before := processor()
	go func() { ended <- a.Run(sources) }()
	<-time.After(d / 4)
	commits, aborts := a.Counts()
	start := time.Now()
	<-time.After(d)
	c, b := a.Counts()
	took := time.Since(start).Seconds()
	close(over)
	err := <-ended
	p.commits, p.aborts = float64(c-commits)/took, float64(b-aborts)/took
	all, _ := a.Counts()
	p.processor = float64((processor() - before).Microseconds()) / float64(max(all, 1))
	return p, err
}

// drawn returns a source of transactions that are drawn now. They are used again, from the
// first, when all were.
func drawn(g *ycsb.Generator, among int, over <-chan struct{}) owners.Source {
	const most = 1 << 15
	all := make([]*divided.Transaction, most)
	for i := range all {
		all[i] = transaction(g.Next(), among)
	}
	next := 0
	return func() *divided.Transaction {
		select {
		case <-over:
			return nil
		default:
		}
		next++
		return all[next%most]
	}
}

// transaction makes a program one-shot: it runs over rows that are empty, and what it does
// there is what it does.
func transaction(p program.Program, among int) *divided.Transaction {
	var r recorder
	if err := p.Run(&r); err != nil {
		panic(err) // a recorder has no errors, and the programs have none of their own
	}
	return divided.New(r.accesses, among)
}

// recorder implements program.Tx.
type recorder struct{ accesses []divided.Access }

func (r *recorder) Get(key []byte) (value []byte, found bool, err error) {
	r.accesses = append(r.accesses, divided.Access{Key: slices.Clone(key)})
	return nil, false, nil
}

// GetForUpdate implements program.Updater: a Put follows, of what is put over the row.
func (r *recorder) GetForUpdate([]byte) (value []byte, found bool, err error) {
	return nil, false, nil
}

func (r *recorder) Put(key, value []byte) error {
	r.accesses = append(r.accesses, divided.Access{Kind: divided.Xor, Key: slices.Clone(key), Value: slices.Clone(value)})
	return nil
}

// Delete is in no load.
func (r *recorder) Delete([]byte) error { panic("rows are not deleted") }

// Scan is in no load.
func (r *recorder) Scan(scheme.Range, func(key, value []byte) bool) error {
	panic("rows are not scanned")
}
