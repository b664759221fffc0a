package mapreducetest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	_ "github.com/parleysystems/parley/systems/dataflow/mapreduce/mapreducetest"
)

func TestExperiments(t *testing.T) {
	all, err := experiment.Select("mapreduce")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			n := uint64(12)
			switch {
			case e.Once:
				n = 1
			case testing.Short():
				n = 6
			}
			experiment.Test(t, e, n)
		})
	}
}
