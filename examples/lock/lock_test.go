package main

import (
	"flag"
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
)

var seeds = flag.Uint64("seeds", 500, "how many seeds to try")

func TestTheLockIsHeldByOneClientAtATime(t *testing.T) {
	experiment.Test(t, Exclusion, *seeds)
}

func TestWhatOnceFailedHolds(t *testing.T) {
	experiment.TestReplays(t, "testdata/*.replay")
}
