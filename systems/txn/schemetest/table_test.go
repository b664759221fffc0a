package schemetest_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/schemetest"
)

var update = flag.Bool("update", false, "write docs/isolation.md")

const page = "../../../docs/isolation.md"

func TestTheTableSaysWhatSchemesDo(t *testing.T) {
	want, err := schemetest.Table()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/isolation.md is stale: go test ./systems/txn/schemetest -run Table -update")
	}
}

// Without control every interleaving shows its anomaly: none of them is toothless.
func TestEveryAnomalyHappensWithoutControl(t *testing.T) {
	for _, a := range schemetest.Anomalies {
		fate, err := a.Run(func(s scheme.Store) scheme.Scheme { return schemetest.Uncontrolled{Store: s} })
		if err != nil {
			t.Fatal(err)
		}
		if !fate.Happened {
			t.Errorf("%s: does not happen where nothing prevents it", a.Name)
		}
	}
}

// What promises to be serializable admits none, and snapshot isolation the three that it
// is known for.
func TestSchemesKeepTheirPromise(t *testing.T) {
	skew := map[string]bool{"write skew": true, "write skew by predicate": true, "read-only anomaly": true}
	for _, c := range schemes.All() {
		for _, a := range schemetest.Anomalies {
			fate, err := a.Run(c.New)
			if err != nil {
				t.Fatal(err)
			}
			if fate.Happened != (!c.Serializable && skew[a.Name]) {
				t.Errorf("%s, %s: %v", c.Name, a.Name, fate)
			}
		}
	}
}

func TestLocksOnEntriesAdmitPhantomsAlone(t *testing.T) {
	phantoms := map[string]bool{"phantom": true, "predicate many preceders": true, "write skew by predicate": true}
	for _, a := range schemetest.Anomalies {
		fate, err := a.Run(func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Phantoms: true}) })
		if err != nil {
			t.Fatal(err)
		}
		if fate.Happened != phantoms[a.Name] {
			t.Errorf("%s: %v", a.Name, fate)
		}
	}
}
