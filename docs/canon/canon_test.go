package canon_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parleysystems/parley/docs/canon"
)

const chapter = `
- id: raft.vote.once
  system: raft
  kind: guarantee
  says: "A server votes once a term."
  show: "Count the votes."
  section: "Raft > Elections"
- id: raft.vote.always
  system: raft
  kind: claim
  truth: false
  says: "Every server votes."
  show: "One does not."
  section: "Raft > Elections"
`

// ledger reads one made of the chapter above and what overrides it.
func ledger(override map[string]string) (*canon.Ledger, error) {
	files := map[string]string{"chapter/raft.yaml": chapter, "rules.json": "{}", "results/README.md": ""}
	maps.Copy(files, override)
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return canon.Read(fs)
}

func TestEmbeddedLedgerIsWhole(t *testing.T) {
	l, err := canon.Load()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.Items()); n < 700 {
		t.Errorf("%d items, want all of them (about 700)", n)
	}
}

func TestReadRefusesABrokenLedger(t *testing.T) {
	for _, test := range []struct{ name, file, text, want string }{
		{"unknown field", "chapter/x.yaml", "- id: x.y\n  colour: red\n", "colour"},
		{"id of another system", "chapter/x.yaml", strings.ReplaceAll(chapter, "system: raft", "system: vr"), "not of the form"},
		{"id twice", "chapter/x.yaml", chapter, "stands in both"},
		{"unknown kind", "chapter/raft.yaml", strings.Replace(chapter, "guarantee", "wish", 1), "unknown kind"},
		{"claim without truth", "chapter/raft.yaml", strings.Replace(chapter, "  truth: false\n", "", 1), "whether it is true"},
		{"nothing to show", "chapter/raft.yaml", strings.Replace(chapter, "Count the votes.", "", 1), "lacks one of"},
		{"rule of no item", "rules.json", `{"raft.vote.twice": ["a.go:1"]}`, "raft.vote.twice"},
		{"run of no item", "results/raft.json", `{"runs": [{"experiment": "e", "items": ["raft.x"]}]}`, "raft.x"},
		{"knock-out of no item", "results/raft.json", `{"knockouts": [{"item": "raft.x"}]}`, "raft.x"},
		{"field of no record", "results/raft.json", `{"verified": true}`, "verified"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ledger(map[string]string{test.file: test.text})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestStateFollowsFromWhatIsOnRecord(t *testing.T) {
	const (
		rule   = `{"raft.vote.once": ["systems/consensus/raft/vote.go:7"]}`
		two    = `{"raft.vote.once": ["systems/consensus/raft/vote.go:7", "systems/consensus/vr/view.go:9"]}`
		moved  = `{"raft.vote.once": ["systems/consensus/vr/view.go:9"]}`
		held   = `{"experiment": "elections", "items": ["raft.vote.once"], "seeds": 40, "failed": 0, "unknown": 0}`
		failed = `{"experiment": "elections", "items": ["raft.vote.once"], "seeds": 40, "failed": 1, "unknown": 0}`
		unsure = `{"experiment": "elections", "items": ["raft.vote.once"], "seeds": 40, "failed": 0, "unknown": 1}`
		caught = `{"item": "raft.vote.once", "experiment": "elections", "caught": true, "seed": 9, "tried": 9}`
		missed = `{"item": "raft.vote.once", "caught": false, "tried": 900}`
	)
	registered := map[string][]string{"raft.vote.once": {"elections"}}
	for _, test := range []struct {
		name, rules, runs, knockouts string
		experiments                  map[string][]string
		want                         canon.State
	}{
		{"nothing", "{}", "", "", nil, canon.Open},
		{"a rule", rule, "", "", nil, canon.Built},
		{"an experiment that never ran", "{}", "", "", registered, canon.Built},
		{"an experiment that held", rule, held, "", registered, canon.Verified},
		{"an experiment that failed", rule, failed, "", registered, canon.Built},
		{"an experiment without a verdict", rule, unsure, "", registered, canon.Built},
		{"a record of an experiment that is gone", rule, held, "", nil, canon.Built},
		{"a rule that was missed", rule, held, caught, registered, canon.Caught},
		{"a rule that nobody missed", rule, held, missed, registered, canon.Verified},
		{"a record of a rule that is gone", moved, held, missed, registered, canon.Caught},
		{"rules of two systems, each in a file of its own", two, held, caught, registered, canon.Caught},
		{"a knock-out of what does not hold", rule, failed, caught, registered, canon.Built},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := ledger(map[string]string{
				"rules.json":        test.rules,
				"results/raft.json": `{"runs": [` + test.runs + `], "knockouts": [` + test.knockouts + `]}`,
				"results/vr.json":   `{"knockouts": [{"item": "raft.vote.once", "caught": true, "seed": 1, "tried": 1}]}`,
			})
			if err != nil {
				t.Fatal(err)
			}
			all := l.Status(test.experiments)
			if all[0].State != test.want {
				t.Errorf("state %s, want %s", all[0].State, test.want)
			}
			if all[1].State != canon.Open {
				t.Errorf("the other item is %s, want open", all[1].State)
			}
		})
	}
}

func TestResultsKeepTheBestRunAndTheLatestFailure(t *testing.T) {
	var rs canon.Results
	rs.AddRun(canon.Run{Experiment: "b", Seeds: 1000})
	rs.AddRun(canon.Run{Experiment: "a", Seeds: 5})
	rs.AddRun(canon.Run{Experiment: "b", Seeds: 10})
	if rs.Runs[0].Experiment != "a" || rs.Runs[1].Seeds != 1000 {
		t.Errorf("a short run displaced a long one: %+v", rs.Runs)
	}
	rs.AddRun(canon.Run{Experiment: "b", Seeds: 10, Failed: 1})
	if rs.Runs[1].Failed != 1 {
		t.Errorf("a failure was not recorded: %+v", rs.Runs)
	}
}

func TestResultsReadBackAsWritten(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(root+"/docs/canon/results", 0o755); err != nil {
		t.Fatal(err)
	}
	var rs canon.Results
	rs.AddRun(canon.Run{Experiment: "a", Items: []string{"raft.vote.once"}, Seeds: 5})
	rs.AddKnockout(canon.Knockout{Item: "raft.vote.once", Experiment: "a", Caught: true, Seed: 3, Tried: 3})
	if err := canon.WriteResults(root, "raft", rs); err != nil {
		t.Fatal(err)
	}
	back, err := canon.ReadResults(os.DirFS(root+"/docs/canon/results"), "raft")
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Runs) != 1 || len(back.Knockouts) != 1 || back.Knockouts[0] != rs.Knockouts[0] {
		t.Errorf("wrote %+v, read %+v", rs, back)
	}
}
