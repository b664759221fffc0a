package flptest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/consensus/flp/flptest"
)

// Every experiment of the system passes with a few seeds; `parley check flp`
// runs them with many.
func TestExperiments(t *testing.T) {
	all, err := experiment.Select("flp")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(10)
			if e.Once {
				n = 1
			}
			experiment.Test(t, e, n)
		})
	}
}
