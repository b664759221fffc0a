package schemetest_test

import (
	"slices"
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/txn/schemetest"
)

func TestExperiments(t *testing.T) {
	elsewhere := []string{"conflicts", "hierarchy", "serializability", "two-phase"} // in scheduletest
	for _, system := range []string{"locking", "occ", "mvcc", "snapshotisolation", "schedule"} {
		all, err := experiment.Select(system)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if system == "schedule" && slices.Contains(elsewhere, e.Name) {
				continue
			}
			t.Run(e.ID(), func(t *testing.T) { experiment.Test(t, e, 25) })
		}
	}
}
