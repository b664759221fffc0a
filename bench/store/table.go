package main

import (
	"fmt"
	"io"
	"slices"
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
		fmt.Fprintf(out, " %s /s |\t p50 |\t", s)
	}
	fmt.Fprintln(out, " ratio |")
	for _, l := range t.loads {
		fmt.Fprintf(out, "| %s |\t", l)
		var rates []float64
		for _, s := range t.stores {
			rate, p50 := medians(t.cells[[2]string{s, l}])
			rates = append(rates, rate)
			fmt.Fprintf(out, " %.0f |\t %v |\t", rate, p50.Round(10*time.Microsecond))
		}
		fmt.Fprintf(out, " %.2f |\n", rates[len(rates)-1]/rates[0])
	}
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
