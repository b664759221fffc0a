// Command callfigure makes remote calls in the simulator while messages are lost and
// servers crash, and draws what docs/calls.md shows of it:
//
//	go run ./lab/callfigure
//
// It writes docs/figures/calls-*.svg. The same seeds give the same figures.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(filepath.Join("docs", "figures")); err != nil {
		fmt.Fprintln(os.Stderr, "callfigure:", err)
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
