package tidy_test

import (
	"bytes"
	"flag"
	"os"
	"sync"
	"testing"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/tidy"
)

var update = flag.Bool("update", false, "write docs/canon/rules.json anew")

const root = "../.."

// house is the tree of this module, read once.
var house = sync.OnceValues(func() (*tidy.Tree, error) { return tidy.Load(os.DirFS(root)) })

func tree(t *testing.T) *tidy.Tree {
	t.Helper()
	h, err := house()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func report(t *testing.T, found []tidy.Finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func TestImportsFollowThePartialOrder(t *testing.T) {
	report(t, tidy.Imports(tree(t), policy(t)))
}

func TestPackagesAreDocumented(t *testing.T) { report(t, tidy.PackageDocs(tree(t))) }

func TestContractAndKernelAreDocumented(t *testing.T) { report(t, tidy.ExportedDocs(tree(t))) }

func TestFilesAndFunctionsAreOfReadableSize(t *testing.T) {
	h := tree(t)
	report(t, tidy.Sizes(h, tidy.LongFiles, tidy.LongFuncs))
	file, function := tidy.Medians(h)
	t.Logf("median lines: %d a file, %d a function", file, function)
}

func TestPackagesAreNamedForWhatTheyAre(t *testing.T) { report(t, tidy.Names(tree(t))) }

func TestNothingSpeaksOfOneMachineOrUnfinishedWork(t *testing.T) {
	report(t, tidy.Words(tree(t), tidy.WordsAllowed))
}

func TestDependenciesAreJustified(t *testing.T) { report(t, tidy.Modules(tree(t))) }

func TestRulesNameItemsOfTheCanon(t *testing.T) {
	_, found := rules(t)
	report(t, found)
}

func TestRuleIndexIsFresh(t *testing.T) {
	index, _ := rules(t)
	const name = root + "/docs/canon/rules.json"
	want := tidy.FormatIndex(index)
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("docs/canon/rules.json does not agree with the //parley:rule lines\n\trun: make canon")
	}
}

func rules(t *testing.T) (map[string][]string, []tidy.Finding) {
	t.Helper()
	ledger, err := canon.Load()
	if err != nil {
		t.Fatal(err)
	}
	return tidy.Rules(tree(t), ledger)
}
