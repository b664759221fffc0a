package checktest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/check/checktest"
	"github.com/parleysystems/parley/kernel/experiment"
)

func TestJudges(t *testing.T) { experiment.Test(t, checktest.Judges, 100) }

func TestSpectrum(t *testing.T) { experiment.Test(t, checktest.Spectrum, 10) }
