package lab_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/lab"
	"github.com/parleysystems/parley/node"
)

func TestExperimentsNameItemsOfTheCanon(t *testing.T) {
	ledger, err := canon.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(lab.Experiments()) == 0 {
		t.Fatal("no experiment is registered")
	}
	for _, e := range lab.Experiments() {
		if len(e.Canon) == 0 {
			t.Errorf("experiment %s verifies no item of the canon", e.ID())
		}
		for _, id := range e.Canon {
			if !ledger.Has(id) {
				t.Errorf("experiment %s names %s, which no chapter has", e.ID(), id)
			}
		}
	}
}

// What is on record for an item was found by an experiment that anybody can run.
func TestNoItemClaimsAnExperimentThatIsMissing(t *testing.T) {
	names, err := filepath.Glob("../docs/canon/results/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no results: %v", err)
	}
	for _, name := range names {
		system := strings.TrimSuffix(filepath.Base(name), ".json")
		results, err := canon.ReadResults(os.DirFS(filepath.Dir(name)), system)
		if err != nil {
			t.Fatal(err)
		}
		claimed := map[string]string{} // by experiment, an item
		for _, r := range results.Runs {
			claimed[r.Experiment] = strings.Join(r.Items, ", ")
		}
		for _, k := range results.Knockouts {
			claimed[k.Experiment] = k.Item
		}
		for id, item := range claimed {
			if _, err := experiment.Select(id); id != "" && err != nil {
				t.Errorf("%s claims of %s what %s found, which is missing: record it anew (make ledger)", name, item, id)
			}
		}
	}
}

func TestExperimentsSayWhatTheyAsk(t *testing.T) {
	for _, e := range lab.Experiments() {
		if !strings.Contains(e.Question, "?") || len(e.Question) < 100 {
			t.Errorf("experiment %s does not say what it asks, of whom, under which faults, and who judges: %q", e.ID(), e.Question)
		}
	}
}

// Whoever makes a world hands it Options.World, or states would be missing in the
// console and no search could choose what arrives next. What is seen first ends
// the run.
func TestTheNodesOfEveryExperimentCanBeLookedAt(t *testing.T) {
	steps := []trace.Kind{trace.Start, trace.Receive, trace.Timer, trace.Step}
	for _, e := range lab.Experiments() {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		seen := false
		o := experiment.Options{Context: ctx, Trace: trace.NewRecorder(0)}
		o.Inspect = func(trace.ID, node.Node) {
			seen = true
			cancel()
		}
		experiment.Once(e, 1, o)
		cancel()
		for event := range trace.Only(o.Trace.Events(), steps...) {
			if !seen {
				t.Errorf("experiment %s traces %s at %s, but shows no node: its world was not set up by Options.World", e.ID(), event.Kind, event.Place)
			}
			break
		}
	}
}
