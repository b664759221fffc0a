package rpctest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/remote/rpc/rpctest"
)

func TestExperiments(t *testing.T) {
	all, err := experiment.Select("rpc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(12)
			if e.Once {
				n = 1
			}
			experiment.Test(t, e, n)
		})
	}
}
