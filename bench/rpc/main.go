package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"
)

// caller makes a call and waits for its result.
type caller func(ctx context.Context, value []byte) ([]byte, error)

// system is one that is measured: start returns how to call it, and how to end it.
type system struct {
	name  string
	start func() (caller, func(), error)
	lone  bool // it takes one caller at a time
}

var systems = []system{
	{name: "parley", start: startParley(false)}, {name: "grpc-go", start: startGRPC},
	{name: "connect-go", start: startConnect}, {name: "net/rpc", start: startNetRPC},
	{name: "bytes alone", start: startFloor, lone: true}, {name: "parley, once", start: startParley(true)},
}

func main() {
	rounds := flag.Int("rounds", 5, "rounds, each with every system")
	duration := flag.Duration("duration", 2*time.Second, "of each measurement")
	callers := flag.String("callers", "1,16,256", "numbers of callers, separated by commas")
	only := flag.String("systems", "", "those to measure, separated by semicolons; all if empty")
	profile := flag.String("cpuprofile", "", "write a profile of everything to this file")
	flag.Parse()
	if err := run(*rounds, *duration, *callers, *only, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "rpc:", err)
		os.Exit(1)
	}
}

func run(rounds int, d time.Duration, callers, only, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var counts []int
	for text := range strings.SplitSeq(callers, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-callers %q: %q is no number of callers", callers, text)
		}
		counts = append(counts, n)
	}
	t := table{}
	for range rounds {
		for _, s := range systems {
			if only != "" && !slices.Contains(strings.Split(only, ";"), s.name) {
				continue
			}
			if err := t.measure(s, counts, d); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	t.print(os.Stdout, counts)
	return nil
}

// table is what was measured, by system and number of callers.
type table map[string]map[int][]figures

func (t table) measure(s system, counts []int, d time.Duration) error {
	call, stop, err := s.start()
	if err != nil {
		return err
	}
	defer stop()
	if t[s.name] == nil {
		t[s.name] = map[int][]figures{}
	}
	for _, n := range counts {
		if s.lone && n > 1 {
			continue
		}
		if _, err := load(call, n, d/10); err != nil { // connections and pools are made
			return err
		}
		f, err := load(call, n, d)
		if err != nil {
			return err
		}
		t[s.name][n] = append(t[s.name][n], f)
	}
	return nil
}

func (t table) print(w *os.File, counts []int) {
	for _, n := range counts {
		fmt.Fprintf(w, "\n%d callers\n%-14s %10s %8s %10s %10s %12s %12s\n", n, "", "calls/s", "ratio", "p50", "p99", "µs of CPU", "allocations")
		for _, s := range systems {
			f := t.median(s.name, n)
			if f.rate == 0 {
				continue
			}
			fmt.Fprintf(w, "%-14s %10.0f %8s %10v %10v %12.1f %12.1f\n", s.name, f.rate, t.ratio(s.name, n),
				f.p50.Round(100*time.Nanosecond), f.p99.Round(100*time.Nanosecond), f.cpu, f.allocations)
		}
	}
}

// ratio returns the median, over the rounds, of Parley's rate to another's in the same round.
func (t table) ratio(name string, callers int) string {
	ours, theirs := t["parley"][callers], t[name][callers]
	if len(ours) != len(theirs) {
		return "-"
	}
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i].rate / theirs[i].rate
	}
	slices.Sort(ratios)
	return fmt.Sprintf("%.2f", ratios[len(ratios)/2])
}

// median returns the median of each figure, but the least processor time: what a busy
// machine adds to that is not the system's.
func (t table) median(name string, callers int) (m figures) {
	all := t[name][callers]
	if len(all) == 0 {
		return m
	}
	m.rate = middle(all, func(f figures) float64 { return f.rate })
	m.p50 = middle(all, func(f figures) time.Duration { return f.p50 })
	m.p99 = middle(all, func(f figures) time.Duration { return f.p99 })
	m.cpu = slices.MinFunc(all, func(a, b figures) int { return cmp.Compare(a.cpu, b.cpu) }).cpu
	m.allocations = middle(all, func(f figures) float64 { return f.allocations })
	return m
}

func middle[T cmp.Ordered](all []figures, of func(figures) T) T {
	values := make([]T, len(all))
	for i, f := range all {
		values[i] = of(f)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
