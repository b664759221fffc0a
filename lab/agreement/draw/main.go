// Command draw measures the family of agreement protocols in the simulator, writes
// the tables into docs/agreement.md, between the lines that mark their place, and
// draws the figures beside it:
//
//	parley bench agreement
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/parleysystems/parley/lab/agreement"
)

func main() {
	if err := run(filepath.Join("docs", "agreement.md"), filepath.Join("docs", "figures")); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

func run(page, figures string) error {
	r, err := agreement.Measure(func(step string) { fmt.Println(step) })
	if err != nil {
		return err
	}
	if err := insert(page, r.Tables()); err != nil {
		return err
	}
	if err := os.MkdirAll(figures, 0o755); err != nil {
		return err
	}
	for name, f := range r.Figures() {
		picture, err := f.SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(figures, name+".svg"), picture, 0o644); err != nil {
			return err
		}
	}
	if broken := r.Broken(); len(broken) > 0 {
		return errors.New("a promise was not kept:\n" + strings.Join(broken, "\n"))
	}
	return nil
}

const (
	from = "<!-- measured by: parley bench agreement -->\n"
	to   = "<!-- end of what is measured -->\n"
)

// insert replaces what stands between the two marks of a page.
func insert(page, tables string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), from)
	_, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the tables: a line %q and a line %q", page, strings.TrimSpace(from), strings.TrimSpace(to))
	}
	return os.WriteFile(page, []byte(before+from+"\n"+tables+"\n"+to+after), 0o644)
}
