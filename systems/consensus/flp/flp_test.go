package flp_test

import (
	"strings"
	"testing"

	"github.com/parleysystems/parley/systems/consensus/flp"
)

func TestAScheduleThatIsNotPossibleNamesItsLine(t *testing.T) {
	p, err := flp.Named("majority")
	if err != nil {
		t.Fatal(err)
	}
	c := flp.Initial(p, flp.Inputs(3, 1))
	for text, want := range map[string]string{
		"p0 receives nothing\np1 receives report(7) from p0": "line 2",
		"p9 receives nothing":                                "line 1",
		"nonsense":                                           "line 1",
	} {
		if _, err := flp.Replay(c, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one about %s", text, err, want)
		}
	}
	way, err := flp.Replay(c, "# a comment\n\np0 receives nothing\n")
	if err != nil || len(way) != 2 {
		t.Errorf("%d configurations, error %v", len(way), err)
	}
}

func TestAnUnknownProtocolNamesTheKnown(t *testing.T) {
	if _, err := flp.Named("raft"); err == nil || !strings.Contains(err.Error(), "wait-for-all") {
		t.Errorf("error %v", err)
	}
}

func TestWithoutACrashWaitingForAllDecides(t *testing.T) {
	p, err := flp.Named("wait-for-all")
	if err != nil {
		t.Fatal(err)
	}
	r := flp.Examine(p, flp.Limits{Configurations: 10_000, Crashes: 0})
	if r.Failure != nil || !r.Complete {
		t.Errorf("%v, complete: %v", r.Failure, r.Complete)
	}
}
