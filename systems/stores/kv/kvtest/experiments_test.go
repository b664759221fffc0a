package kvtest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
)

// Every experiment of the system passes with a few seeds; `parley check kv` runs
// them with many.
func TestExperiments(t *testing.T) {
	all, err := experiment.Select("kv")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(15)
			if testing.Short() {
				n = 4
			}
			experiment.Test(t, e, n)
		})
	}
}
