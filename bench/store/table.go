package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table collects results by store and load.
type table struct {
	stores []string
	loads  []string
	cells  map[[2]string][]result
}

func newTable(stores []store) *table {
	t := &table{cells: map[[2]string][]result{}}
	for _, s := range stores {
		t.stores = append(t.stores, s.name)
	}
	return t
}

func (t *table) add(store, load string, r result) {
	if !slices.Contains(t.loads, load) {
		t.loads = append(t.loads, load)
	}
	at := [2]string{store, load}
	t.cells[at] = append(t.cells[at], r)
}

// print writes a row per load; the ratio is of the last store to the first.
func (t *table) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer out.Flush()
	fmt.Fprint(out, "| load |")
	for _, s := range t.stores {
		fmt.Fprintf(out, "\t %s /s |\t p50 |", s)
	}
	fmt.Fprintln(out, "\t ratio |")
	for _, l := range t.loads {
		fmt.Fprintf(out, "| %s |", l)
		for _, s := range t.stores {
			if rate, p50 := medians(t.cells[[2]string{s, l}]); rate > 0 {
				fmt.Fprintf(out, "\t %.0f |\t %v |", rate, p50.Round(10*time.Microsecond))
			} else {
				fmt.Fprint(out, "\t – |\t – |")
			}
		}
		fmt.Fprintf(out, "\t %s |\n", t.ratio(l))
	}
}

// ratio compares a load's figure in the last store with that in the first. What
// the first cannot run is compared with the best that it can.
func (t *table) ratio(name string) string {
	first, last := t.stores[0], t.stores[len(t.stores)-1]
	rate, _ := medians(t.cells[[2]string{last, name}])
	base, _ := medians(t.cells[[2]string{first, name}])
	for _, own := range ownLoads {
		if own.name == name {
			base = t.best(first, own.beside)
		}
	}
	if base == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", rate/base)
}

// best is the highest figure of a store in the loads whose names begin so.
func (t *table) best(store, prefix string) (best float64) {
	for _, l := range t.loads {
		if strings.HasPrefix(l, prefix) {
			rate, _ := medians(t.cells[[2]string{store, l}])
			best = max(best, rate)
		}
	}
	return best
}

func medians(rs []result) (float64, time.Duration) {
	if len(rs) == 0 {
		return 0, 0
	}
	var rates []float64
	var p50s []time.Duration
	for _, r := range rs {
		rates, p50s = append(rates, r.rate), append(p50s, r.p50)
	}
	slices.Sort(rates)
	slices.Sort(p50s)
	return rates[len(rates)/2], p50s[len(p50s)/2]
}
