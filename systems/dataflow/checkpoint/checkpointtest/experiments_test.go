package checkpointtest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/dataflow/checkpoint/checkpointtest"
)

func TestCrashes(t *testing.T) { experiment.Test(t, checkpointtest.Crashes, 40) }
