// Command craqfigure measures in the simulator how many reads a second a chain answers,
// by its length, without and with apportioned queries, and how often the tail is asked
// for a version, by the writes beside them and the number of objects; and draws what it
// found, after section 6 of the CRAQ paper (Terrace and Freedman 2009):
//
//	go run ./lab/craqfigure
//
// It writes docs/figures/craq-reads.svg and craq-queries.svg.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/internal/plot"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/replication/chain/chaintest"
)

func main() {
	if err := run(filepath.Join("docs", "figures")); err != nil {
		fmt.Fprintln(os.Stderr, "craqfigure:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	length := plot.Figure{
		Title: "Reads of a chain", X: plot.Axis{Label: "replicas"}, Y: plot.Axis{Label: "reads a second", Zero: true},
	}
	queries := plot.Figure{
		Title: "Versions asked of the tail of five", X: plot.Axis{Label: "writes a second", Zero: true}, Y: plot.Axis{Label: "queries for each read", Zero: true},
	}
	for _, apportioned := range []bool{false, true} {
		c := plot.Curve{Name: nameOf(apportioned)}
		for n := 2; n <= 7; n++ {
			p, err := measure(chaintest.Throughput{Replicas: n, Apportioned: apportioned})
			if err != nil {
				return err
			}
			c.Points = append(c.Points, plot.Point{X: float64(n), Y: p.Reads})
		}
		length.Curves = append(length.Curves, c)
	}
	for _, keys := range []int{1, 10, 100} {
		c := plot.Curve{Name: fmt.Sprintf("%d objects", keys)}
		for _, w := range []int{0, 25, 50, 100, 200, 400} {
			p, err := measure(chaintest.Throughput{Replicas: 5, Apportioned: true, Writes: w, Keys: keys})
			if err != nil {
				return err
			}
			c.Points = append(c.Points, plot.Point{X: float64(w), Y: p.Queries})
		}
		queries.Curves = append(queries.Curves, c)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, f := range map[string]plot.Figure{"craq-reads": length, "craq-queries": queries} {
		picture, err := f.SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".svg"), picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func nameOf(apportioned bool) string {
	if apportioned {
		return "apportioned"
	}
	return "at the tail"
}

func measure(t chaintest.Throughput) (chaintest.Throughput, error) {
	t, err := chaintest.MeasureReads(1, experiment.Options{}, t, &experiment.Result{})
	if err != nil {
		return t, err
	}
	fmt.Printf("%-12s %d replicas, %3d writes/s to %3d objects: %6.0f reads/s, %.3f queries a read\n",
		nameOf(t.Apportioned), t.Replicas, t.Writes, t.Keys, t.Reads, t.Queries)
	return t, nil
}
