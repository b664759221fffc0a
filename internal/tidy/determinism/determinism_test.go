package determinism_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/parleysystems/parley/internal/tidy/determinism"
)

func TestReportsWhatMakesRunsDiffer(t *testing.T) {
	for _, pkg := range []string{"protocol", "ranges", "sorts"} {
		t.Run(pkg, func(t *testing.T) {
			analysistest.Run(t, analysistest.TestData(), determinism.Analyzer, pkg)
		})
	}
}
