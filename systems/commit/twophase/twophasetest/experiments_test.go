package twophasetest_test

import (
	"context"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/commit/twophase/twophasetest"
)

func TestExperiments(t *testing.T) {
	all, err := experiment.Select("twophase")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(25)
			if e.Once {
				n = 1
			}
			experiment.Test(t, e, n)
		})
	}
}

// Every sequence of up to seven moves, in every variant: what a few of them can do
// is known for certain.
func TestEverySequenceOfAFewMoves(t *testing.T) {
	for _, variant := range []string{"0", "1", "2"} {
		report := experiment.Campaign{
			Experiments: []*experiment.Experiment{twophasetest.Small}, From: 1, To: 1,
			Options: experiment.Options{
				Search: experiment.Exhaustive, Depth: 7, Params: map[string]string{"variant": variant},
			},
		}.Run(context.Background())
		if report.Verdict() != check.OK {
			t.Fatalf("variant %s: %s", variant, report.String())
		}
		t.Logf("variant %s: %s", variant, report.String())
	}
}

// Every interleaving there is, until no state is new.
func TestEveryInterleavingOfLocks(t *testing.T) {
	for lock, processes := range map[string]string{"0": "4", "1": "2", "2": "4"} {
		report := experiment.Campaign{
			Experiments: []*experiment.Experiment{twophasetest.Locks}, From: 1, To: 1,
			Options: experiment.Options{
				Search: experiment.Exhaustive, Depth: 60, Params: map[string]string{"lock": lock, "processes": processes},
			},
		}.Run(context.Background())
		if report.Verdict() != check.OK {
			t.Fatalf("lock %s: %s", lock, report.String())
		}
		t.Logf("lock %s: %s", lock, report.String())
	}
}
