// Command timefigure measures clocks against the true time in the simulator, and draws
// what docs/time.md shows of it, each with the bound that holds in theory or that the
// clock states:
//
//	go run ./lab/timefigure
//
// It writes docs/figures/time-*.svg. The same seeds give the same figures.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(filepath.Join("docs", "figures")); err != nil {
		fmt.Fprintln(os.Stderr, "timefigure:", err)
		os.Exit(1)
	}
}

// run draws all figures into a directory.
func run(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range figures {
		figure, err := f.measure()
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		picture, err := figure.SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.name+".svg"), picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}
