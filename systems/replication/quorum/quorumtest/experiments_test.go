package quorumtest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/replication/quorum/quorumtest"
)

func TestExperiments(t *testing.T) {
	for _, e := range []*experiment.Experiment{quorumtest.Overlap, quorumtest.WriteBack, quorumtest.Cost, quorumtest.Partition, quorumtest.Causal} {
		t.Run(e.Name, func(t *testing.T) { experiment.Test(t, e, 10) })
	}
}
