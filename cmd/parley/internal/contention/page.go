package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/parleysystems/parley/internal/plot"
)

// draw writes two figures for each store: what is done, and what is done in vain.
func (r results) draw(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, s := range stores {
		done := plot.Figure{Title: s.title, X: plot.Axis{Label: "theta"}, Y: plot.Axis{Label: "commits a second", Zero: true}}
		vain := plot.Figure{Title: s.title, X: plot.Axis{Label: "theta"}, Y: plot.Axis{Label: "aborts a commit", Zero: true}}
		for _, name := range curves {
			a, b := plot.Curve{Name: name}, plot.Curve{Name: name}
			for i, p := range r.curves[s.name][name] {
				a.Points = append(a.Points, plot.Point{X: thetas[i], Y: p.commits})
				b.Points = append(b.Points, plot.Point{X: thetas[i], Y: p.aborts / max(p.commits, 1)})
			}
			done.Curves, vain.Curves = append(done.Curves, a), append(vain.Curves, b)
		}
		for suffix, f := range map[string]plot.Figure{"": done, "-aborts": vain} {
			picture, err := f.SVG()
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, "contention-"+s.name+suffix+".svg"), picture, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	from = "<!-- measured by: parley bench contention -->\n"
	to   = "<!-- end of what is measured -->\n"
)

// insert replaces what stands between the two marks of a page.
func (r results) insert(page string, o options) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), from)
	_, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		return fmt.Errorf("%s lacks the marks between which figures are put", page)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d rows, %d accesses a transaction, %d clients, %d processors, %v a point.\n",
		o.rows, o.accesses, o.clients, runtime.GOMAXPROCS(0), o.point)
	for _, s := range stores {
		r.curves[s.name].table(&b, s)
	}
	r.tableOfLarge(&b, o)
	return os.WriteFile(page, []byte(before+from+b.String()+to+after), 0o644)
}

// table gives commits a second, each beside those of two-phase locking at the same theta.
func (r series) table(b *strings.Builder, s store) {
	fmt.Fprintf(b, "\n%s: commits a second, and in brackets how many times those of `2pl`.\n\n| theta |", s.title)
	for _, name := range curves {
		fmt.Fprintf(b, " %s |", name)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---:|", len(curves)))
	for i, theta := range thetas {
		fmt.Fprintf(b, "| %g |", theta)
		for _, name := range curves {
			p := r[name][i]
			fmt.Fprintf(b, " %.0f (%.2f) |", p.commits, p.commits/max(1, r["2pl"][i].commits))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "\n![commits](figures/contention-%s.svg)\n![aborts](figures/contention-%s-aborts.svg)\n", s.name, s.name)
}

// tableOfLarge gives commits a second, and what they cost, with many rows.
func (r results) tableOfLarge(b *strings.Builder, o options) {
	fmt.Fprintf(b, "\n%d rows: commits a second, and in brackets microseconds of processor for each, its aborts\n"+
		"included. In memory there is one owner, for %d clients, or there are %d, among whom the rows are divided, with\n"+
		"%d under way at a time for each; on the disk there are %d clients.\n\n| scheme |", o.large, o.few, o.owners, o.flight, o.many)
	places := slices.Insert(slices.Clone(stores), 1, inOwners)
	for _, s := range places {
		for _, theta := range largeThetas {
			fmt.Fprintf(b, " %s, theta %g |", s.name, theta)
		}
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---:|", len(places)*len(largeThetas)))
	for _, name := range largest {
		fmt.Fprintf(b, "| %s |", name)
		for _, s := range places {
			for i := range largeThetas {
				cell(b, r.large[s.name][name], i)
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// cell gives a point, if it was measured.
func cell(b *strings.Builder, all []point, i int) {
	if i >= len(all) {
		b.WriteString(" |")
		return
	}
	fmt.Fprintf(b, " %.0f (%.1f) |", all[i].commits, all[i].processor)
}
