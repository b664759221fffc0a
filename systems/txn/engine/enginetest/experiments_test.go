package enginetest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/txn/engine/enginetest"
)

func TestExperiments(t *testing.T) {
	all, err := experiment.Select("engine")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		// make simulations tries more seeds.
		t.Run(e.Name, func(t *testing.T) { experiment.Test(t, e, min(e.Enough, 12)) })
	}
}
