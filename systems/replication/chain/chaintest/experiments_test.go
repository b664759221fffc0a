package chaintest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/replication/chain/chaintest"
)

// Every experiment of both systems passes with a few seeds; `parley check chain
// craq` runs them with many.
func TestExperiments(t *testing.T) {
	for _, system := range []string{"chain", "craq"} {
		all, err := experiment.Select(system)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			t.Run(e.ID(), func(t *testing.T) {
				n := uint64(6)
				if e.Once {
					n = 1
				} else if testing.Short() {
					n = 4
				}
				experiment.Test(t, e, n)
			})
		}
	}
}

// Runs that found something once pass for ever.
func TestRegressions(t *testing.T) { experiment.TestReplays(t, "testdata/*.replay") }
