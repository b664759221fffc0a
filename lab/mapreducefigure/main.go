// Command mapreducefigure makes the runs of section 5 of the MapReduce paper (Dean and
// Ghemawat 2004) on a virtual cluster of 1,746 workers, and draws how much data moves in each
// second, as the paper's figures 2 and 3 do: a scan, and a sort as it is, without backup
// tasks, and with 200 workers killed.
//
//	go run ./lab/mapreducefigure
//
// It writes docs/figures/mapreduce-*.svg and prints how long the runs take. What is real in
// them, and where the rates come from, stands in package mapreducetest.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/internal/plot"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce/mapreducetest"
)

func main() {
	if err := run(filepath.Join("docs", "figures")); err != nil {
		fmt.Fprintln(os.Stderr, "mapreducefigure:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var sort float64
	for _, v := range []struct {
		name, title string
		paper       mapreducetest.Paper
	}{
		{"grep", "A scan of a terabyte", mapreducetest.Paper{Grep: true}},
		{"sort", "A sort of a terabyte", mapreducetest.Paper{}},
		{"sort-no-backups", "The sort without backup tasks", mapreducetest.Paper{NoBackups: true}},
		{"sort-killed", "The sort with 200 workers killed", mapreducetest.Paper{Killed: 200}},
	} {
		v.paper.Seed = 1
		r, err := v.paper.Run(nil)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		if v.name == "sort" {
			sort = r.Elapsed.Seconds()
		}
		fmt.Printf("%-16s %6.0f s", v.name, r.Elapsed.Seconds())
		if sort > 0 {
			fmt.Printf("  %.2f of the sort", r.Elapsed.Seconds()/sort)
		}
		fmt.Printf("  %d backups, %d maps done again\n", r.Status.Backups, r.Status.Redone)
		if err := draw(filepath.Join(dir, "mapreduce-"+v.name+".svg"), v.title, r); err != nil {
			return err
		}
	}
	return nil
}

func draw(name, title string, r *mapreducetest.PaperRun) error {
	f := plot.Figure{Title: title, Right: true, X: plot.Axis{Label: "seconds", Zero: true}, Y: plot.Axis{Label: "GB a second", Zero: true}}
	for _, c := range []struct {
		name  string
		bytes []float64
	}{{"input", r.Input}, {"shuffle", r.Shuffle}, {"output", r.Output}} {
		f.Curves = append(f.Curves, plot.Curve{Name: c.name, Points: smooth(c.bytes), Step: true})
	}
	svg, err := f.SVG()
	if err != nil {
		return err
	}
	return os.WriteFile(name, svg, 0o644)
}

// smooth averages over ten seconds.
func smooth(bytes []float64) (points []plot.Point) {
	const span = 10
	for s := 0; s < len(bytes); s += span {
		sum := 0.0
		for _, b := range bytes[s:min(s+span, len(bytes))] {
			sum += b
		}
		points = append(points, plot.Point{X: float64(s), Y: sum / span / 1e9})
	}
	return points
}
