package rafttest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/raft/rafttest"
)

func TestLinearizable(t *testing.T) {
	experiment.Test(t, rafttest.Linearizable, seeds(t, 40, 8))
}

// seeds is how many seeds a test runs: fewer when it is to be short.
func seeds(t *testing.T, long, short uint64) uint64 {
	t.Helper()
	if testing.Short() {
		return short
	}
	return long
}
