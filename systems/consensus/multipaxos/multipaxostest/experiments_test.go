package multipaxostest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/consensus/multipaxos/multipaxostest"
)

// Every experiment of the system passes with a few seeds; `parley check multipaxos`
// runs them with many.
func TestExperiments(t *testing.T) {
	all, err := experiment.Select("multipaxos")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(15)
			if e.Once {
				n = 1
			} else if testing.Short() {
				n = 4
			}
			experiment.Test(t, e, n)
		})
	}
}

// What went wrong once does not again.
func TestRegressions(t *testing.T) { experiment.TestReplays(t, "testdata/*.replay") }
