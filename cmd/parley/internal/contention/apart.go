package main

import (
	"runtime"
	"time"

	"github.com/parleysystems/parley/serve/owners"
	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// apart is rows in memory that are divided among owners, each of which has a goroutine, and
// a scheme.
type apart struct {
	*owners.Owners
	accesses int // of a transaction
}

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
	return &apart{owners.New(rows, o.flight, divided.Options{Again: o.again}), o.accesses}, nil
}

func (a *apart) close() error { return nil }

// run lets each owner do the transactions of one client, which are drawn before.
func (a *apart) run(d time.Duration, clients []*ycsb.Generator) (point, error) {
	sources, over := make([]owners.Source, len(clients)), make(chan struct{})
	for i, g := range clients {
		sources[i] = draft(g, a.accesses, len(clients), over).source
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
