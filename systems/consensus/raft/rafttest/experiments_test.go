package rafttest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
)

// Every experiment of the system passes with a few seeds; `parley check raft`
// runs them with many.
func TestExperiments(t *testing.T) {
	all, err := experiment.Select("raft")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(25)
			if e.Once {
				n = 1
			} else if testing.Short() {
				n = 5
			}
			experiment.Test(t, e, n)
		})
	}
}

// What once was found stays found: each file says what it takes.
func TestRegressions(t *testing.T) { experiment.TestReplays(t, "testdata/*.replay") }
