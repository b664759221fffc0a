package main

import (
	"fmt"
	"os"
	"path/filepath"
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
			for i, p := range r[s.name][name] {
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
func (r results) insert(page, conditions string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), from)
	_, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		return fmt.Errorf("%s lacks the marks between which figures are put", page)
	}
	return os.WriteFile(page, []byte(before+from+r.tables(conditions)+to+after), 0o644)
}

// tables gives commits a second, each beside those of two-phase locking at the same theta.
func (r results) tables(conditions string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s.\n", conditions)
	for _, s := range stores {
		fmt.Fprintf(&b, "\n%s: commits a second, and in brackets how many times those of `2pl`.\n\n| theta |", s.title)
		for _, name := range curves {
			fmt.Fprintf(&b, " %s |", name)
		}
		fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---:|", len(curves)))
		for i, theta := range thetas {
			fmt.Fprintf(&b, "| %g |", theta)
			for _, name := range curves {
				p := r[s.name][name][i]
				fmt.Fprintf(&b, " %.0f (%.2f) |", p.commits, p.commits/max(1, r[s.name]["2pl"][i].commits))
			}
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "\n![commits](figures/contention-%s.svg)\n![aborts](figures/contention-%s-aborts.svg)\n", s.name, s.name)
	}
	b.WriteString("\n")
	return b.String()
}
