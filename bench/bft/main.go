package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"
)

// subject is four replicas under load, until its context or its process ends.
type subject func(ctx context.Context, dir string, clients int, done func()) error

var subjects = map[string]subject{"comet": comet, "parley": parley}

func main() {
	rounds := flag.Int("rounds", 3, "how often each system runs")
	duration := flag.Duration("duration", 5*time.Second, "of each run, after two seconds to begin")
	clients := flag.Int("clients", 200, "requests under way at a time")
	systems := flag.String("systems", "comet,parley", "which, in which order")
	dir := flag.String("dir", "", "run the first of the systems once, in this process and directory, and say how fast it was")
	flag.Parse()
	names := strings.Split(*systems, ",")
	if *dir != "" {
		report(run(names[0], *dir, *clients, *duration))
	}
	rates := map[string][]float64{}
	for range *rounds {
		for _, name := range names {
			rate, err := apart(name, *clients, *duration)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
				os.Exit(1)
			}
			rates[name] = append(rates[name], rate)
			fmt.Printf("%-8s %10.0f requests/s\n", name, rate)
		}
	}
	if a, b := median(rates["parley"]), median(rates["comet"]); a > 0 && b > 0 {
		fmt.Printf("medians: parley %.0f, comet %.0f requests/s: %.1f times\n", a, b, a/b)
	}
}

// run counts the requests of one run. Its subject is still at work when it returns.
func run(system, dir string, clients int, duration time.Duration) (float64, error) {
	s := subjects[system]
	if s == nil {
		return 0, fmt.Errorf("no such system")
	}
	var count counter
	ended := make(chan error, 1)
	go func() { ended <- s(context.Background(), dir, clients, count.add) }()
	if err := count.await(ended, 1); err != nil {
		return 0, err
	}
	time.Sleep(2 * time.Second)
	from, began := count.n.Load(), time.Now()
	time.Sleep(duration)
	return float64(count.n.Load()-from) / time.Since(began).Seconds(), nil
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sort.Float64s(all)
	return all[len(all)/2]
}
