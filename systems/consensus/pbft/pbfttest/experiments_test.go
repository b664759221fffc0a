package pbfttest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/consensus/pbft/pbfttest"
)

// Every experiment of the system passes with a few seeds; `parley check pbft` runs
// them with many.
func TestExperiments(t *testing.T) {
	all, err := experiment.Select("pbft")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(4)
			if e.Once {
				n = 1
			} else if testing.Short() {
				n = 2
			}
			experiment.Test(t, e, n)
		})
	}
}
