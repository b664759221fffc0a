package isolationtest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/check/isolation/isolationtest"
	"github.com/parleysystems/parley/kernel/experiment"
)

func TestJudge(t *testing.T) { experiment.Test(t, isolationtest.Judge, 100) }
