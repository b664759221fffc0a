package schemetest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/txn/schemetest"
)

func TestExperiments(t *testing.T) {
	for _, system := range []string{"locking", "occ", "mvcc", "snapshotisolation", "schedule"} {
		all, err := experiment.Select(system)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			t.Run(e.ID(), func(t *testing.T) { experiment.Test(t, e, 40) })
		}
	}
}
