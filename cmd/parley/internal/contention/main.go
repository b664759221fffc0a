// Command contention draws what schemes of concurrency control get done as more and more
// transactions meet at the same rows:
//
//	parley bench contention -- -rows 100000 -for 2s
//
// YCSB transactions of 16 accesses, half of which read a row, change it and write it, to
// rows chosen by Zipf's law with a theta from 0 (alike) to 0.99 (few of them most of the
// time), by eight goroutines. Once over a store in memory, where nothing is logged; and
// once over the storage engine, where a commit is on the disk before it is answered.
// Points of one theta are measured one scheme after the other, so that they share what the
// machine does to them.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/parleysystems/parley/systems/txn/schemes"
)

// options are the flags.
type options struct {
	rows, accesses, clients int
	point                   time.Duration
	dir                     string
}

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 100_000, "rows of 100 bytes")
	flag.IntVar(&o.accesses, "accesses", 16, "accesses of a transaction")
	flag.IntVar(&o.clients, "clients", 8, "goroutines")
	flag.DurationVar(&o.point, "for", 2*time.Second, "how long each point is measured")
	flag.StringVar(&o.dir, "dir", "docs", "where contention.md and figures/ are")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "contention:", err)
		os.Exit(1)
	}
}

// thetas are the points of the curves.
var thetas = []float64{0, 0.4, 0.6, 0.8, 0.9, 0.99}

// curves are the schemes that are measured.
var curves = []string{"serial", "2pl", "2pl-no-wait", "occ", "mvto", "si", "ssi"}

// point is one measurement.
type point struct{ commits, aborts float64 } // a second

// results are by store, scheme and theta.
type results map[string]map[string][]point

func run(o options) error {
	all := results{}
	for _, store := range stores {
		all[store.name] = map[string][]point{}
		for _, theta := range thetas {
			for _, name := range curves {
				c, err := schemes.Find(name)
				if err != nil {
					return err
				}
				p, err := measure(o, store, c, theta)
				if err != nil {
					return fmt.Errorf("%s, %s, theta %g: %w", store.name, name, theta, err)
				}
				fmt.Printf("%-7s theta %-4g %-12s %8.0f commits/s %8.0f aborts/s\n", store.name, theta, name, p.commits, p.aborts)
				all[store.name][name] = append(all[store.name][name], p)
			}
		}
	}
	if err := all.draw(filepath.Join(o.dir, "figures")); err != nil {
		return err
	}
	conditions := fmt.Sprintf("%d rows, %d accesses a transaction, %d goroutines on %d processors, %v a point",
		o.rows, o.accesses, o.clients, runtime.GOMAXPROCS(0), o.point)
	return all.insert(filepath.Join(o.dir, "contention.md"), conditions)
}
