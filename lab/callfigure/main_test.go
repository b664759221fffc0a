package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestTheFiguresAreWhatIsMeasured: those of the documentation come from this code, and
// every promise in them was kept, or they would not have been drawn.
func TestTheFiguresAreWhatIsMeasured(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digits of sums are those of amd64")
	}
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		now, err := os.ReadFile(filepath.Join(dir, f.name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("..", "..", "docs", "figures", f.name+".svg"))
		if err != nil || !bytes.Equal(kept, now) {
			t.Errorf("docs/figures/%s.svg is not what is measured: go run ./lab/callfigure (%v)", f.name, err)
		}
	}
}
