package lab_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/lab"
)

var (
	offered = regexp.MustCompile(`(?s)const first = \[(.*?)\];.*?const why = \{(.*?)\};`)
	quoted  = regexp.MustCompile(`(?m)"([a-z0-9.-]+/[a-z0-9-]+)"|^ *"([a-z0-9.-]+)":`)
)

// What the page of experiments offers to a newcomer is there: experiments, and
// claims that were caught without their rule.
func TestTheFirstPageLeadsSomewhere(t *testing.T) {
	text, err := os.ReadFile("console/static/experiments.js")
	if err != nil {
		t.Fatal(err)
	}
	lists := offered.FindSubmatch(text)
	if lists == nil {
		t.Fatal("experiments.js has no lists first and why")
	}
	experiments := quoted.FindAllSubmatch(lists[1], -1)
	for _, name := range experiments {
		if found, err := experiment.Select(string(name[1])); err != nil || len(found) != 1 {
			t.Errorf("%s: %d experiments, %v", name[1], len(found), err)
		}
	}
	ledger, err := canon.Load()
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]canon.State{}
	for _, s := range ledger.Status(lab.ByItem()) {
		states[s.ID] = s.State
	}
	claims := quoted.FindAllSubmatch(lists[2], -1)
	for _, name := range claims {
		if states[string(name[2])] != canon.Caught {
			t.Errorf("%s is %q", name[2], states[string(name[2])])
		}
	}
	if len(experiments) < 5 || len(claims) < 3 {
		t.Errorf("%d experiments and %d claims", len(experiments), len(claims))
	}
}
