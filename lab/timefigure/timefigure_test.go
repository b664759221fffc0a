package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/parleysystems/parley/systems/order/physical/physicaltest"
)

// TestTheFiguresAreWhatIsMeasured: those of the documentation come from this code, and
// every clock in them kept its word, or they would not have been drawn.
func TestTheFiguresAreWhatIsMeasured(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digits of sums are those of amd64")
	}
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		drawn, err := os.ReadFile(filepath.Join(dir, f.name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("..", "..", "docs", "figures", f.name+".svg"))
		if err != nil || !bytes.Equal(kept, drawn) {
			t.Errorf("docs/figures/%s.svg is not what is measured: go run ./lab/timefigure (%v)", f.name, err)
		}
	}
}

// TestAMajorityOfLiarsIsFollowed: so the figure of liars can show a client that does
// not keep its word.
func TestAMajorityOfLiarsIsFollowed(t *testing.T) {
	all, err := physicaltest.Liars(seed, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if last := all[len(all)-1]; last.Within() {
		t.Errorf("with three of five servers lying the client is off by %v, within %v", last.Error, last.Bound)
	}
}
