// Command contention draws what schemes of concurrency control get done as more and more
// transactions meet at the same rows:
//
//	parley bench contention -- -rows 100000 -for 2s
//
// YCSB transactions of 16 accesses, half of which read a row, change it and write it, to
// rows chosen by Zipf's law with a theta from 0 (alike) to 0.99 (few of them most of the
// time), by eight clients. Once over a store in memory, where nothing is logged, and which
// one goroutine has to itself, as a node does, for all clients in turn; and once over the
// storage engine, where clients are goroutines, and a commit is on the disk before it is
// answered. Points of one theta are measured one scheme after the other, so that they share
// what the machine does to them. In the end some schemes run with a million rows, in memory
// also with these divided among two owners, each of which has a goroutine.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/parleysystems/parley/systems/txn/schemes"
)

// options are the flags.
type options struct {
	rows, large, accesses, clients, few, many int
	owners, flight, again                     int
	point                                     time.Duration
	dir, work                                 string
	only                                      string
}

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 100_000, "rows of 100 bytes")
	flag.IntVar(&o.large, "large", 1_000_000, "rows of the last table")
	flag.IntVar(&o.accesses, "accesses", 16, "accesses of a transaction")
	flag.IntVar(&o.clients, "clients", 8, "clients")
	flag.IntVar(&o.few, "few", 2, "clients of the last table that are in memory")
	flag.IntVar(&o.many, "many", 64, "clients of the last table whose commits are on the disk")
	flag.IntVar(&o.owners, "owners", 2, "owners among whom the rows of the last table are divided")
	flag.IntVar(&o.flight, "flight", 1, "transactions that each of them has under way")
	flag.IntVar(&o.again, "again", 4, "how often they try a part again")
	flag.DurationVar(&o.point, "for", 2*time.Second, "how long each point is measured")
	flag.StringVar(&o.dir, "dir", "docs", "where contention.md and figures/ are")
	flag.StringVar(&o.only, "only", "", "print points whose names have this within (such as \"memory large\"), and write nothing")
	profile := flag.String("cpuprofile", "", "write a profile to this file")
	flag.Parse()
	if err := profiled(*profile, func() error { return run(o) }); err != nil {
		fmt.Fprintln(os.Stderr, "contention:", err)
		os.Exit(1)
	}
}

// profiled runs f, and writes a profile of it if a file is named.
func profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return errors.Join(err, out.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, out.Close())
}

// thetas are the points of the curves.
var thetas = []float64{0, 0.4, 0.6, 0.8, 0.9, 0.99}

// curves are the schemes that are measured.
var curves = []string{"serial", "2pl", "2pl-no-wait", "occ", "mvto", "si", "ssi"}

// largest are the schemes, and the thetas, of the table with many rows.
var (
	largest     = []string{"serial", "2pl-no-wait", "2pl-wait-die", "2pl", "mvto", "occ", "ssi"}
	largeThetas = []float64{0.6, 0.9}
	apartly     = []string{"2pl-no-wait", "mvto", "occ"}
)

// point is one measurement: transactions a second, and microseconds of processor for each
// that commits, whoever spends them.
type point struct{ commits, aborts, processor float64 }

// series are the points of one load by scheme, in the order of the thetas.
type series map[string][]point

// results are by store.
type results struct{ curves, large map[string]series }

func run(o options) (err error) {
	if o.work, err = os.MkdirTemp("", "contention"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.work)) }()
	r := results{map[string]series{}, map[string]series{}}
	for _, s := range stores {
		if r.curves[s.name], err = o.series(s, s.name, curves, thetas); err != nil {
			return err
		}
	}
	for _, s := range stores {
		l := o
		if l.rows, l.clients = o.large, o.few; s.name == "engine" {
			l.clients = o.many
		}
		if r.large[s.name], err = l.series(s, s.name+" large", largest, largeThetas); err != nil {
			return err
		}
	}
	l := o
	l.rows, l.clients = o.large, o.owners
	if r.large[inOwners.name], err = l.series(inOwners, inOwners.name+" large", apartly, largeThetas); err != nil {
		return err
	}
	if o.only != "" {
		return nil
	}
	if err := r.draw(filepath.Join(o.dir, "figures")); err != nil {
		return err
	}
	return r.insert(filepath.Join(o.dir, "contention.md"), o)
}

// series measures schemes at thetas.
func (o options) series(s store, title string, names []string, thetas []float64) (series, error) {
	all := series{}
	for _, theta := range thetas {
		for _, name := range names {
			line := fmt.Sprintf("%-12s theta %-4g %-12s", title, theta, name)
			if !strings.Contains(line, o.only) {
				continue
			}
			c, err := schemes.Find(name)
			if err != nil {
				return nil, err
			}
			p, err := measure(o, s, c, theta)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", line, err)
			}
			fmt.Printf("%s %8.0f commits/s %8.0f aborts/s %6.1f µs of processor each\n", line, p.commits, p.aborts, p.processor)
			all[name] = append(all[name], p)
		}
	}
	return all, nil
}
