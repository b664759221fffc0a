package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each store is started and measured")
	duration := flag.Duration("duration", 5*time.Second, "how long each load runs")
	only := flag.String("stores", "etcd,parley", "which stores, in which order")
	loadNames := flag.String("loads", "", "names of the loads to run, separated by semicolons; all if empty")
	keep := flag.String("bin", filepath.Join(os.TempDir(), "parley-bench-bin"), "where binaries are built and kept")
	keys := flag.Int("fill", 0, "instead of loads: fill each store with so many keys, take its memory, kill it and time its return")
	flag.Parse()
	log.SetFlags(0)

	stores, err := build(*keep, strings.Split(*only, ","))
	if err != nil {
		log.Fatal(err)
	}
	if *keys > 0 {
		for _, s := range stores {
			if err := fill(s, *keys); err != nil {
				log.Fatalf("%s: %v", s.name, err)
			}
		}
		return
	}
	table := newTable(stores)
	for round := range *rounds {
		for _, s := range stores {
			if err := measure(s, table, pick(*loadNames), *duration); err != nil {
				log.Fatalf("round %d, %s: %v", round+1, s.name, err)
			}
		}
	}
	fmt.Printf("\n%s, %d CPUs, %s, medians of %d rounds of %v\n\n", runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), *rounds, *duration)
	table.print(os.Stdout)
}

// measure runs every load once on a freshly started store.
func measure(s store, t *table, loads []load, d time.Duration) error {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := s.start(dir)
	if err != nil {
		return err
	}
	defer c.stop()
	if err := c.ready(30 * time.Second); err != nil {
		return err
	}
	for _, l := range loads {
		if l.own != nil && c.peers == nil {
			continue
		}
		r, err := l.run(c, d)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		log.Printf("%-8s %-38s %9.0f/s  p50 %8v  p99 %8v", s.name, l.name, r.rate, r.p50.Round(10*time.Microsecond), r.p99.Round(10*time.Microsecond))
		t.add(s.name, l.name, r)
	}
	return nil
}
