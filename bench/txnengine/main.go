package main

import (
	"cmp"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const rows = 200_000

func row(i int) (key, value []byte) {
	value = make([]byte, 100)
	for at := 0; at < 96; at += 8 {
		binary.LittleEndian.PutUint64(value[at:], rand.Uint64())
	}
	return key8(i), value
}

// key8 spreads the rows, so that their order says nothing.
func key8(i int) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(i)*0x9E3779B97F4A7C15)
}

// load is what goroutines do.
type load struct {
	name    string
	workers int
	writes  float64 // of all operations
}

var loads = []load{{"1 writer", 1, 1}, {"32 writers", 32, 1}, {"8 readers", 8, 0}, {"95/5", 8, 0.05}}

// run returns operations a second.
func (l load) run(s store, d time.Duration) (float64, error) {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		total int
		first error
	)
	start := time.Now()
	for range l.workers {
		wait.Go(func() {
			n, err := l.work(s, start.Add(d))
			mu.Lock()
			defer mu.Unlock()
			total += n
			first = cmp.Or(first, err)
		})
	}
	wait.Wait()
	return float64(total) / time.Since(start).Seconds(), first
}

func (l load) work(s store, until time.Time) (n int, err error) {
	for err == nil {
		if n%16 == 0 && !time.Now().Before(until) {
			return n, nil
		}
		i := rand.IntN(rows)
		if rand.Float64() < l.writes {
			err = s.put(row(i))
		} else {
			err = s.get(key8(i))
		}
		n++
	}
	return n, err
}

func main() {
	rounds := flag.Int("rounds", 3, "rounds, each with every engine")
	duration := flag.Duration("duration", 3*time.Second, "of each load")
	only := flag.String("engines", "", "those to run, separated by commas; all if empty")
	which := flag.String("loads", "", "those to run, separated by semicolons; all if empty")
	profile := flag.String("cpuprofile", "", "write a profile of all loads to this file")
	dir := flag.String("dir", "", "where databases are made; the system's temporary directory if empty")
	banks := flag.String("tpcb", "", "run TPC-B instead, under these schemes, separated by commas")
	pgbench := flag.String("pgbench", "", "and on PostgreSQL, by this command, such as \"su postgres -c pgbench\"")
	clients := flag.Int("clients", 16, "of TPC-B")
	recovery := flag.Bool("recovery", false, "measure restarts instead, with logs of several lengths")
	flag.Parse()
	if *profile != "" {
		profiled = func() (stop func(), err error) {
			f, err := os.Create(*profile)
			if err == nil {
				err = pprof.StartCPUProfile(f)
			}
			return pprof.StopCPUProfile, err
		}
	}
	var err error
	switch {
	case *banks != "":
		err = compareBanks(strings.Split(*banks, ","), *dir, *pgbench, *clients, *duration)
	case *recovery:
		err = restarts(*dir)
	default:
		err = compare(*rounds, *only, *which, *dir, *duration)
	}
	if err != nil {
		fatal(err)
	}
}

// compare runs the loads on the engines.
func compare(rounds int, only, which, dir string, duration time.Duration) error {
	figures := map[string][]float64{} // by engine and load
	for range rounds {
		for _, p := range peers {
			if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
				continue
			}
			if err := measure(p, dir, which, duration, figures); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	print(figures)
	return nil
}

// processor returns the time that this process has spent on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// profiled starts a profile, if one is wanted. It leaves out how databases are filled.
var profiled = func() (stop func(), err error) { return func() {}, nil }

// measure runs the loads on one engine.
func measure(p peer, parent, which string, d time.Duration, figures map[string][]float64) error {
	dir, err := os.MkdirTemp(parent, "txnengine-"+p.name)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := p.open(dir)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.fill(rows, row); err != nil {
		return err
	}
	stop, err := profiled()
	if err != nil {
		return err
	}
	defer stop()
	for _, l := range loads {
		if which != "" && !slices.Contains(strings.Split(which, ";"), l.name) {
			continue
		}
		sync, err := syncTime(dir)
		if err != nil {
			return err
		}
		before := processor()
		rate, err := l.run(s, d)
		fmt.Fprintf(os.Stderr, "%-8s %-12s %9.0f operations/s, %6.1f µs of processor each; a sync took %v\n", p.name, l.name, rate,
			float64((processor()-before).Nanoseconds())/1e3/(rate*d.Seconds()), sync.Round(10*time.Microsecond))
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		name := p.name + "/" + l.name
		figures[name] = append(figures[name], rate)
	}
	return nil
}

// print shows medians, and how ours relates to each.
func print(figures map[string][]float64) {
	fmt.Printf("%-12s", "")
	for _, l := range loads {
		fmt.Printf("%20s", l.name)
	}
	fmt.Println()
	for _, p := range peers {
		if figures[p.name+"/"+loads[0].name] == nil && figures[p.name+"/"+loads[1].name] == nil && figures[p.name+"/"+loads[2].name] == nil && figures[p.name+"/"+loads[3].name] == nil {
			continue
		}
		fmt.Printf("%-12s", p.name)
		for _, l := range loads {
			theirs, ours := figures[p.name+"/"+l.name], figures["parley/"+l.name]
			fmt.Printf("%12.0f", median(theirs))
			if len(theirs) > 0 && len(ours) == len(theirs) && p.name != "parley" {
				fmt.Printf(" (%5.2f)", median(ratios(ours, theirs)))
			} else {
				fmt.Printf("%8s", "")
			}
		}
		fmt.Println()
	}
}

// ratios relates the rounds' figures: what the machine and its disk do changes from one
// round to the next.
func ratios(ours, theirs []float64) (r []float64) {
	for i := range theirs {
		r = append(r, ours[i]/theirs[i])
	}
	return r
}

// syncTime is what a write of a page and its sync take on the disk, at this moment.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	const times = 50
	page := make([]byte, 4096)
	start := time.Now()
	for range times {
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(start) / times, nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
