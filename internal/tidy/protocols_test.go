package tidy_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/parleysystems/parley/internal/tidy/determinism"
)

// Harnesses draw their own conclusions on the wall clock; all else under
// systems and blocks must be a pure function of its seed.
func TestProtocolsAreDeterministic(t *testing.T) {
	protocols := loadProtocols(t)
	if len(protocols) == 0 {
		t.Fatal("no protocol package was found: this test would pass whatever they do")
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{determinism.Analyzer}, protocols, nil)
	if err != nil {
		t.Fatal(err)
	}
	for action := range graph.All() {
		if action.Err != nil {
			t.Errorf("%s: %v", action.Package.PkgPath, action.Err)
		}
		for _, d := range action.Diagnostics {
			t.Errorf("%s: %s", action.Package.Fset.Position(d.Pos), d.Message)
		}
	}
}

func loadProtocols(t *testing.T) (protocols []*packages.Package) {
	t.Helper()
	mode := packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes |
		packages.NeedTypesInfo | packages.NeedTypesSizes | packages.NeedImports | packages.NeedModule
	patterns := []string{"./systems/..."}
	if _, err := os.Stat(root + "/blocks"); err == nil {
		patterns = append(patterns, "./blocks/...")
	}
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: root}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Errorf("%s: %v", p.PkgPath, e)
		}
		if len(p.Syntax) > 0 && !strings.HasSuffix(p.Name, "test") {
			protocols = append(protocols, p)
		}
	}
	return protocols
}
