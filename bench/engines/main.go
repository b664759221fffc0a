package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	keySpace  = 10_000
	valueSize = 256
	replicas  = 3
)

// engine is three running hosts. put and get block until the answer is there
// and are called from many goroutines.
type engine interface {
	put(ctx context.Context, key, value []byte) error
	get(ctx context.Context, key []byte) error
	close()
}

var engines = map[string]func(dir string) (engine, error){}

func main() {
	rounds := flag.Int("rounds", 3, "how often each engine is started and measured")
	duration := flag.Duration("duration", 5*time.Second, "how long each load runs")
	ops := flag.String("ops", "put,get", "which operations")
	names := flag.String("engines", "dragonboat,etcd-raft,parley", "which engines, in which order; there are etcd-raft-readindex and, of ours, parley-multipaxos, -vr, -primarybackup, -chain and -craq too")
	callers := flag.String("callers", "1,100,1000", "numbers of concurrent callers")
	profile := flag.String("cpuprofile", "", "file to write a CPU profile to")
	flag.Parse()
	log.SetFlags(0)
	if *profile != "" {
		stop, err := startProfile(*profile)
		if err != nil {
			log.Fatal(err)
		}
		defer stop()
	}
	order := strings.Split(*names, ",")
	results := map[string][]float64{}
	for range *rounds {
		for _, name := range order {
			if err := measure(name, strings.Split(*ops, ","), strings.Split(*callers, ","), *duration, results); err != nil {
				log.Fatalf("%s: %v", name, err)
			}
		}
	}
	fmt.Printf("\n%s/%s, %d CPUs, %s, medians of %d rounds of %v\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), *rounds, *duration)
	report(order, strings.Split(*ops, ","), strings.Split(*callers, ","), "/s", "", results)
	fmt.Printf("\nprocessor time of the whole process for an operation, µs: hardly moved by what else the machine does\n\n")
	report(order, strings.Split(*ops, ","), strings.Split(*callers, ","), "µs", "cost ", results)
}

func measure(name string, ops, callers []string, d time.Duration, results map[string][]float64) error {
	start, ok := engines[name]
	if !ok {
		return fmt.Errorf("no such engine")
	}
	dir, err := os.MkdirTemp("", "parley-engines-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	e, err := start(dir)
	if err != nil {
		return err
	}
	defer e.close()
	for _, op := range ops {
		for _, n := range callers {
			var count int
			fmt.Sscan(n, &count)
			rate, cost, err := load(e, op, count, d)
			if err != nil {
				return fmt.Errorf("%s, %d callers: %w", op, count, err)
			}
			log.Printf("%-19s %s %5d callers %9.0f/s %7.1f µs of processor each", name, op, count, rate, cost)
			at := name + op + n
			results[at] = append(results[at], rate)
			results["cost "+at] = append(results["cost "+at], cost)
		}
	}
	return nil
}

func startProfile(file string) (stop func(), err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, pprof.StartCPUProfile(f)
}

// load warms up for a fifth of d, then counts for d. It returns operations a second,
// and the microseconds of processor time that one took, warming up included.
func load(e engine, op string, callers int, d time.Duration) (rate, cost float64, err error) {
	before := processorTime()
	ctx, cancel := context.WithTimeout(context.Background(), 2*d+30*time.Second)
	defer cancel()
	begin := time.Now().Add(d / 5)
	end := begin.Add(d)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var total, all int
	var failed error
	for i := range callers {
		wg.Go(func() {
			n, m, err := call(ctx, e, op, rand.New(rand.NewPCG(uint64(i), 1)), begin, end)
			mu.Lock()
			defer mu.Unlock()
			total, all = total+n, all+m
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	cost = float64((processorTime() - before).Microseconds()) / float64(max(all, 1))
	return float64(total) / d.Seconds(), cost, failed
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// call returns how many operations it made from begin to end, and in all.
func call(ctx context.Context, e engine, op string, r *rand.Rand, begin, end time.Time) (n, all int, err error) {
	value := make([]byte, valueSize)
	for i := range value {
		value[i] = byte(r.Uint32())
	}
	for {
		key := fmt.Appendf(nil, "%08d", r.IntN(keySpace))
		if op == "put" {
			err = e.put(ctx, key, value)
		} else {
			err = e.get(ctx, key)
		}
		now := time.Now()
		all++
		switch {
		case err != nil:
			return n, all, err
		case now.After(end):
			return n, all, nil
		case now.After(begin):
			n++
		}
	}
}

func report(order, ops, callers []string, unit, kind string, results map[string][]float64) {
	last := len(order) - 1
	fmt.Printf("| load | %s %s |", strings.Join(order, " "+unit+" | "), unit)
	for _, name := range order[:last] {
		fmt.Printf(" %s/%s |", order[last], name)
	}
	fmt.Printf("\n|%s\n", strings.Repeat("---|", 1+len(order)+last))
	for _, op := range ops {
		for _, n := range callers {
			fmt.Printf("| %s, %s callers |", op, n)
			var rates []float64
			for _, name := range order {
				rates = append(rates, median(results[kind+name+op+n]))
				fmt.Printf(" %.0f |", rates[len(rates)-1])
			}
			for _, rate := range rates[:last] {
				fmt.Printf(" %.2f |", rates[last]/rate)
			}
			fmt.Println()
		}
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
