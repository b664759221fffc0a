package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestSenselessCommandLinesExitWithTwo(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"serv"}, `there is no command "serv"; did you mean serve?`},
		{[]string{"up", "--port", "1"}, "unknown flag: --port"},
		{[]string{"serve", "brd"}, `there is no command "serve brd"; did you mean board?`},
		{[]string{"mr", "wordcout"}, `there is no command "mr wordcout"; did you mean wordcount?`},
		{[]string{"engine", "look"}, `there is no command "engine look"`},
		{[]string{"up", "extra"}, `"extra" does not fit; write parley up [--data DIR]`},
		{[]string{"mr", "grep"}, "an argument is missing; write parley mr grep PATTERN INPUT..."},
		{[]string{"ntp", "query"}, "an argument is missing; write parley ntp query SERVER..."},
		{[]string{"check", "rafft"}, `called "rafft"; there are chain, `},
		{[]string{"check", "rafft"}, "; did you mean raft?"},
		{[]string{"check", "raft/figure8"}, `raft has no experiment called "figure8"; it has `},
		{[]string{"check", "raft/figure8"}, "; did you mean raft/figure-8?"},
		{[]string{"flp", "majorty"}, "; did you mean majority?"},
		{[]string{"up", "--client-ports", "1,2"}, "give 3 ports"},
		{[]string{"up", "--peer-ports", "1,2,x"}, `"x" is not a port`},
		{[]string{"up", "--http", "0.0.0.0:7400"}, "this machine only"},
		{[]string{"init"}, "--hosts A,B,C"},
		{[]string{"init", "--hosts", "a=1,a=2"}, "two hosts are called a"},
		{[]string{"bench"}, "name a system: sim, wire, raft, agreement, pbft, kv, mr, rpc, contention"},
		{[]string{"bench", "vmft"}, `no benchmark of "vmft"`},
		{[]string{"explore", "raft", "--without", "raft.election.up-to-date"}, "the canon has no item raft.election.up-to-date"},
		{[]string{"check"}, "parley check --list"},
		{[]string{"check", "nothing"}, `called "nothing"`},
		{[]string{"check", "sample", "--seeds", "9..1"}, "the last is below the first"},
		{[]string{"check", "sample", "--seeds", "few"}, `"few" is not a seed`},
		{[]string{"check", "sample", "--set", "size=big"}, "whole number"},
		{[]string{"check", "sample", "--set", "weight=1"}, `no parameter "weight"`},
		{[]string{"check", "sample", "--faults", "@no-such-file"}, "no-such-file"},
		{[]string{"check", "raft", "--faults", "at 1s crash a\nat 2s crush b"}, `line 2, column 7: "crush"`},
		{[]string{"check", "multipaxos", "--faults", "at soon members a,b ask c"}, "line 1"},
		{[]string{"explore", "sample/holds", "--faults", "at 1s crush a"}, `line 1, column 7: "crush"`},
		{[]string{"garbage", "--help"}, `there is no command "garbage"`},
		{[]string{"help", "serv"}, `there is no command "serv"; did you mean serve?`},
		{[]string{"mr", "wordcout", "-h"}, `there is no command "mr wordcout"; did you mean wordcount?`},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			parley(t, test.args...).expect(t, 2, test.want, "--help")
		})
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"--help"}} {
		parley(t, args...).expect(t, 0, "up ", "serve ", "init ", "check ", "bench ", "canon ", "version ", "completion ")
	}
	parley(t, "help", "mr").expect(t, 0, "wordcount")
	parley(t, "mr", "--help").expect(t, 0, "wordcount")
	parley(t, "version").expect(t, 0, "parley ", "go1.")
	parley(t, "completion", "bash").expect(t, 0, "__start_parley")
	parley(t, "__complete", "check", "").expect(t, 0, "raft\n", "raft/linearizable\n")
}

func TestWhatIsBuiltNeedsACheckout(t *testing.T) {
	t.Chdir(t.TempDir())
	parley(t, "bench", "sim").expect(t, 1, "run it in a checkout")
	parley(t, "knockout").expect(t, 1, "run it in a checkout")
}

// The whole way: find the rule, build with its switch, see an experiment fail
// without it and pass with it.
func TestKnockoutCatchesARuleAndSaysHow(t *testing.T) {
	parley(t, "knockout", "no.such.rule").expect(t, 2, "no rule")
	parley(t, "knockout", "raft.election.uptodate-check").expect(t, 2, "; did you mean raft.election.up-to-date-check?")
	r := parley(t, "knockout", "raft.log.consistency-check", "--json", "--time", "5m")
	r.expect(t, 0)
	var outcomes []struct {
		Rule, State, Experiment, Replay string
		Items, Witness                  []string
	}
	if err := json.Unmarshal([]byte(r.stdout), &outcomes); err != nil || len(outcomes) != 1 {
		t.Fatalf("%v: %s", err, r.stdout)
	}
	o := outcomes[0]
	if o.State != "caught" || !strings.Contains(o.Rule, "raft/append.go:") || !strings.Contains(o.Replay, "experiment "+o.Experiment) || len(o.Witness) == 0 {
		t.Errorf("%+v", o)
	}
}

func TestCheckPassesOnlyWhatHeld(t *testing.T) {
	parley(t, "check", "sample/holds", "--seeds", "1..5").expect(t, 0, "HELD")
	parley(t, "check", "sample/wonders", "--seeds", "1..5").expect(t, 1, "UNKNOWN", "seed 3")
	parley(t, "check", "sample/wonders", "--seeds", "1..2").expect(t, 0, "HELD")
	parley(t, "check", "unreached", "--seeds", "1..5").expect(t, 1, "UNKNOWN", "never reached: a blue moon")
	parley(t, "check", "unreached", "--seeds", "1", "--marks").expect(t, 0, "HELD", "0        1              2  unreached/state: a blue moon")
}

func TestCheckShowsHowToReplayAndWhatTheFailureNeeds(t *testing.T) {
	r := parley(t, "check", "sample/fails", "--seeds", "1..5")
	r.expect(t, 1, "VIOLATED", "it is seed three", "parley check sample/fails --seeds 3..3",
		"from 2 to 1 lines of plan", "--faults 'at 2s crash b'")
	parley(t, "check", "sample/fails", "--seeds", "3", "--faults", "at 2s crash b").expect(t, 1, "VIOLATED")
	parley(t, "check", "sample/fails", "--seeds", "3", "--faults", "").expect(t, 0, "HELD")
}

func TestCheckKeepsALongPlanInAFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plans")
	r := parley(t, "check", "sample-long", "--seeds", "2", "--plans", dir)
	name := filepath.Join(dir, "sample-long-fails-seed2-shrunk.plan")
	r.expect(t, 1, "VIOLATED", "parley check sample-long/fails --seeds 2..2 --faults '@"+name+"'",
		"wrote "+name+": a plan of 21 lines and 4")
	if strings.Contains(r.stdout, "crash a") {
		t.Errorf("the plan is printed as well:\n%s", r.stdout)
	}
	parley(t, "check", "sample-long", "--seeds", "2", "--shrink", "0", "--faults", "@"+name, "--plans", dir).expect(t, 1, "there are too many faults")

	none := filepath.Join(name, "no-directory")
	parley(t, "check", "sample-long", "--seeds", "2", "--plans", none).expect(t, 1, "VIOLATED", "at 1s crash a", "the plan is not in a file")
}

// A run that hangs is what shrinking may come upon; the finding is worth more
// than its smaller form.
func TestCheckReportsWhatItFoundWhenItIsInterruptedWhileShrinking(t *testing.T) {
	p := start(t, "check", "sample-deaf", "--seeds", "2..3", "-v")
	p.await(regexp.MustCompile("seed [23]: violation"))
	if status := p.stop(syscall.SIGINT); status != 1 {
		t.Errorf("exit status %d", status)
	}
	p.await(regexp.MustCompile("shrunk.*interrupted"))
	r := parley(t, "check", "sample-deaf", "--seeds", "2..3", "--shrink-time", "10ms")
	r.expect(t, 1, "it always fails", "out of time")
}

func TestCheckRunsForTheMinutesGiven(t *testing.T) {
	parley(t, "check", "sample/holds", "--minutes", "0.002").expect(t, 0, "HELD")
}

func TestCanonCountsAndListsItems(t *testing.T) {
	parley(t, "canon").expect(t, 0, "raft-vr", "verified", "all")
	parley(t, "canon", "raft").expect(t, 0, "raft.election.one-vote-per-term")
	parley(t, "canon", "raft-vr.yaml", "--state", "caught").expect(t, 0, "raft.election.one-vote-per-term", "rsm.stable.majority-not-all", " items: ")
	parley(t, "canon", "raft.election", "flp", "-v").expect(t, 0, "shown", "without", "raft.election.one-vote-per-term", "flp.")
	parley(t, "canon", "--state", "proven").expect(t, 2, "it is open, built, verified or caught")
	parley(t, "canon", "nothing").expect(t, 1, "no system or chapter is called nothing")
	parley(t, "canon", "raft.electionn").expect(t, 1, "; did you mean raft.election?")

	var items []map[string]any
	r := parley(t, "canon", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &items); err != nil {
		t.Fatal(err)
	}
	if len(items) < 700 {
		t.Errorf("%d items, want all", len(items))
	}
	for _, field := range []string{"id", "system", "kind", "state", "rules", "experiments", "seeds", "knockout"} {
		if items[0][field] == nil {
			t.Errorf("items have no %s", field)
		}
	}
}
