package lab_test

import (
	"strings"
	"testing"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/lab"
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

func TestExperimentsSayWhatTheyAsk(t *testing.T) {
	for _, e := range lab.Experiments() {
		if !strings.Contains(e.Question, "?") || len(e.Question) < 100 {
			t.Errorf("experiment %s does not say what it asks, of whom, under which faults, and who judges: %q", e.ID(), e.Question)
		}
	}
}
