package schemetest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/txn/schemetest"
)

func TestExperiments(t *testing.T) {
	all, err := experiment.Select("locking")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) { experiment.Test(t, e, 100) })
	}
}
