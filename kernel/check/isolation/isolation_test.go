package isolation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/check/isolation/isolationtest"
	"github.com/parleysystems/parley/kernel/workload"
)

var accessText = regexp.MustCompile(`([rwaps])\((\w+)\)=?(\S*)`)

// parse reads lines "process call..return accesses [outcome]". Accesses are r(x)1
// and r(x)- of registers, r(x)[1,2] of lists, p for r within a predicate, w(x)1,
// a(x)1. The outcome is ok if nothing else is said.
func parse(t testing.TB, text string) (h isolation.History) {
	for l := range strings.Lines(strings.TrimSpace(text)) {
		var txn isolation.Txn
		var call, ret int
		fmt.Sscanf(strings.Fields(l)[0]+" "+strings.Fields(l)[1], "%d %d..%d", &txn.Process, &call, &ret)
		txn.Call, txn.Return, txn.Outcome = time.Duration(call), time.Duration(ret), workload.OK
		if strings.Contains(l, "failed") {
			txn.Outcome = workload.Failed
		}
		if strings.Contains(l, "unknown") {
			txn.Outcome, txn.Return = workload.Unknown, workload.Never
		}
		for _, m := range accessText.FindAllStringSubmatch(l, -1) {
			a := isolation.Access{Verb: workload.Read, Key: m[2], Predicate: m[1] == "p"}
			inner, isList := strings.CutPrefix(m[3], "[")
			switch inner = strings.TrimSuffix(inner, "]"); {
			case m[1] == "w":
				a.Verb, a.Value = workload.Write, m[3]
			case m[1] == "a":
				a.Verb, a.Value = workload.Append, m[3]
			case isList && inner == "":
				a.List = []string{}
			case isList:
				a.List = strings.Split(inner, ",")
			case m[3] != "-":
				a.Value = m[3]
			}
			txn.Accesses = append(txn.Accesses, a)
		}
		h = append(h, txn)
	}
	return h
}

// corpus holds histories with the anomaly that each shows, and the weakest
// levels that forbid it. All transactions overlap unless times say otherwise.
var corpus = []struct {
	name, history string
	anomaly       isolation.Name
	forbidden     string // by read committed, repeatable read, snapshot, serializable, strict: one letter each
}{
	{"serial", `
		1 0..1 w(x)1 w(y)1
		2 2..3 r(x)1 r(y)1`, "", "....."},
	{"dirty write", `
		1 0..9 a(x)1 a(y)1
		2 0..9 a(x)2 a(y)2
		3 20..21 r(x)[1,2] r(y)[2,1]`, isolation.G0, "xxxxx"},
	{"aborted read", `
		1 0..1 a(x)1 failed
		2 2..3 r(x)[1]`, isolation.G1a, "xxxxx"},
	{"aborted read below an acknowledged append", `
		1 0..1 a(x)1 failed
		2 2..3 a(x)2
		3 4..5 r(x)[1,2]`, isolation.G1a, "xxxxx"},
	{"intermediate read", `
		1 0..9 w(x)1 w(x)2
		2 0..9 r(x)1`, isolation.G1b, "xxxxx"},
	{"circular information flow", `
		1 0..9 w(x)1 r(y)1
		2 0..9 w(y)1 r(x)1`, isolation.G1c, "xxxxx"},
	{"read skew", `
		1 0..9 r(x)[] r(y)[1]
		2 0..9 a(x)1 a(y)1
		3 20..21 r(x)[1]`, isolation.GSingle, ".xxxx"},
	{"fuzzy read", `
		1 0..9 r(x)- r(x)1
		2 0..9 w(x)1`, isolation.GSingle, ".xxxx"},
	{"lost update", `
		1 0..9 r(x)- w(x)1
		2 0..9 r(x)- w(x)2`, isolation.LostUpdate, ".xxxx"},
	{"long fork", `
		1 0..9 w(x)1
		2 0..9 w(y)1
		3 0..9 r(x)1 r(y)-
		4 0..9 r(x)- r(y)1`, isolation.LongFork, ".xxxx"},
	{"write skew", `
		1 0..9 r(x)- r(y)- w(x)1
		2 0..9 r(x)- r(y)- w(y)1`, isolation.G2Item, ".x.xx"},
	{"phantoms both ways", `
		1 0..9 p(a)- p(b)- w(a)1
		2 0..9 p(a)- p(b)- w(b)1`, isolation.G2, "...xx"},
	{"a phantom within one scan", `
		1 0..9 p(a)- r(sum)1
		2 0..9 w(a)1 w(sum)1`, isolation.GSingle, "..xxx"},
	{"predicate-many-preceders", `
		1 0..9 p(a)- p(a)1
		2 0..9 w(a)1`, isolation.GSingle, "..xxx"},
	{"read-only anomaly", `
		1 0..9 r(y)[1] a(y)2
		2 0..9 r(x)[] r(y)[1] a(x)1
		3 0..9 r(x)[] r(y)[1,2]
		4 20..21 r(x)[1] r(y)[1,2]
		5 0..9 a(y)1`, isolation.G2Item, ".x.xx"},
	{"stale read", `
		1 0..1 w(x)1
		2 2..3 r(x)-`, "G-single-realtime", "....x"},
	{"a process forgets", `
		1 0..1 w(x)1
		1 2..3 r(x)-`, "G-single-process", "....x"},
	{"two stale snapshots", `
		1 0..1 w(x)1
		2 0..1 w(y)1
		3 2..3 r(x)1 r(y)-`, "G-single-realtime", "....x"},
	{"own write unseen", `
		1 0..1 w(x)1 r(x)-`, isolation.Internal, "xxxxx"},
	{"own append unseen", `
		1 0..1 a(x)1 r(x)[]`, isolation.Internal, "xxxxx"},
	{"nobody wrote it", `
		1 0..1 r(x)1`, isolation.Garbage, "xxxxx"},
	{"two histories of one list", `
		1 0..9 a(x)1
		2 0..9 a(x)2
		3 0..9 r(x)[1,2]
		4 0..9 r(x)[2]`, isolation.Incompatible, "xxxxx"},
	{"a value twice", `
		1 0..9 a(x)1
		3 0..9 r(x)[1,1]`, isolation.Incompatible, "xxxxx"},
	{"an unknown transaction that was seen", `
		1 0..1 w(x)1 w(y)1 unknown
		2 2..3 r(x)1
		3 4..5 r(y)-`, "G-single-realtime", "....x"},
	{"an unknown transaction that nobody saw", `
		1 0..1 w(x)1 unknown
		2 2..3 r(x)-`, "", "....."},
}

// Each anomaly is named, and forbidden by the levels that forbid it by
// definition.
func TestAnomaliesOfTheLiterature(t *testing.T) {
	levels := []isolation.Level{
		isolation.ReadCommitted, isolation.RepeatableRead, isolation.SnapshotIsolation, isolation.Serializable, isolation.StrictSerializable,
	}
	for _, c := range corpus {
		h := parse(t, c.history)
		found, err := isolation.Anomalies(h, isolation.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		names := ""
		for _, a := range found {
			names += string(a.Name) + ";"
		}
		if c.anomaly == "" && names != "" || !strings.Contains(names, string(c.anomaly)) {
			t.Errorf("%s: found %q, want %s\n%v", c.name, names, c.anomaly, found)
		}
		got := ""
		for _, l := range levels {
			got += map[check.Verdict]string{check.OK: ".", check.Violation: "x", check.Unknown: "?"}[isolation.Judge(h, l, isolation.Options{}).Verdict]
		}
		if got != c.forbidden {
			t.Errorf("%s: levels %s, want %s", c.name, got, c.forbidden)
		}
	}
}

// I3: what a level forbids, a stronger one forbids.
func TestLevelsAreNested(t *testing.T) {
	pairs := [][2]isolation.Level{
		{isolation.ReadUncommitted, isolation.ReadCommitted}, {isolation.ReadCommitted, isolation.RepeatableRead},
		{isolation.ReadCommitted, isolation.SnapshotIsolation}, {isolation.RepeatableRead, isolation.Serializable},
		{isolation.SnapshotIsolation, isolation.Serializable}, {isolation.SnapshotIsolation, isolation.StrongSessionSnapshot},
		{isolation.StrongSessionSnapshot, isolation.StrongSnapshot}, {isolation.StrongSnapshot, isolation.StrictSerializable},
		{isolation.Serializable, isolation.StrongSessionSerializable}, {isolation.StrongSessionSerializable, isolation.StrictSerializable},
	}
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := &isolationtest.Store{Rand: r, Scheme: isolationtest.Scheme(seed % 5), Lists: seed%2 == 0, Keys: 2, Processes: 3, Most: 4}
		h, _ := s.Run(8)
		isolationtest.Damage(r, h)
		for _, p := range pairs {
			weak, strong := isolation.Judge(h, p[0], isolation.Options{}), isolation.Judge(h, p[1], isolation.Options{})
			if weak.Verdict == check.Violation && strong.Verdict != check.Violation {
				t.Fatalf("seed %d: %v, but %v\n%s", seed, weak, strong, isolationtest.Show(h))
			}
		}
	}
}

func TestHistoriesUnfitForJudgingAreUnknown(t *testing.T) {
	for text, want := range map[string]string{
		"1 0..1 w(x)1\n2 0..1 w(x)1": "both write 1 to key x",
		"1 0..1 w(x)1\n2 0..1 a(x)2": "both written and appended to",
		"1 0..1 a(x)1 failed w(x)":   "both written and appended to",
	} {
		j := isolation.Judge(parse(t, text), isolation.ReadUncommitted, isolation.Options{})
		if _, err := isolation.Anomalies(parse(t, text), isolation.Options{}); j.Verdict != check.Unknown || !strings.Contains(j.Why, want) || !errors.Is(err, isolation.ErrUnfit) {
			t.Errorf("%q: %v (%v), want unknown: %s", text, j, err, want)
		}
	}
}

// Registers that are overwritten unseen leave the order open. With the order
// told, the same history is decided.
func TestAToldOrderOfVersionsDecides(t *testing.T) {
	h := parse(t, `
		1 0..9 w(x)1 w(y)1
		2 0..9 w(x)2 w(y)2`)
	if j := isolation.Judge(h, isolation.ReadUncommitted, isolation.Options{}); j.Verdict != check.OK {
		t.Errorf("some order works, but %v", j)
	}
	crossed := isolation.Options{Versions: map[string][]string{"x": {"1", "2"}, "y": {"2", "1"}}}
	if j := isolation.Judge(h, isolation.ReadUncommitted, crossed); j.Verdict != check.Violation || !strings.Contains(j.Why, "G0") {
		t.Errorf("a dirty write, but %v", j)
	}
}

func TestAWitnessReadsWell(t *testing.T) {
	h := parse(t, corpus[10].history)
	want := `G2-item: a cycle of 2 transactions
  T0: r(x)=- r(y)=- w(x)1
  T1: r(x)=- r(y)=- w(y)1
  T0 before T1: it read the first version of key y, which T1 followed with 1 (rw)
  T1 before T0: it read the first version of key x, which T0 followed with 1 (rw)`
	if j := isolation.Judge(h, isolation.Serializable, isolation.Options{}); j.Why != want {
		t.Errorf("%s\nwant\n%s", j.Why, want)
	}
}

// large returns a history of many transactions over many keys.
func large(scheme isolationtest.Scheme, n int) isolation.History {
	s := &isolationtest.Store{
		Rand: rand.New(rand.NewPCG(1, 2)), Scheme: scheme, Lists: true, Keys: n / 20, Processes: 20, Most: 6,
	}
	h, _ := s.Run(n)
	return h
}

// A needle in 20,000 transactions is found, and its cycle is short.
func TestOneAnomalyAmongManyTransactions(t *testing.T) {
	h := large(isolationtest.Serial, 20_000)
	if j := isolation.Judge(h, isolation.StrictSerializable, isolation.Options{}); j.Verdict != check.OK {
		t.Fatalf("a serial store: %v", j)
	}
	at := len(h) / 2
	skew := parse(t, corpus[10].history)
	for i := range skew {
		skew[i].Call, skew[i].Return, skew[i].Process = h[at].Call, h[at].Call+9, 100+i
	}
	h = append(h[:at:at], append(skew, h[at:]...)...)
	j := isolation.Judge(h, isolation.Serializable, isolation.Options{})
	if j.Verdict != check.Violation || !strings.Contains(j.Why, "G2-item: a cycle of 2 transactions") {
		t.Errorf("%v", j)
	}
}

func BenchmarkJudge(b *testing.B) {
	for _, c := range []struct {
		name   string
		scheme isolationtest.Scheme
		level  isolation.Level
	}{
		{"serial", isolationtest.Serial, isolation.StrictSerializable},
		{"snapshot", isolationtest.SnapshotI, isolation.StrongSnapshot},
		{"snapshot-not-serializable", isolationtest.SnapshotI, isolation.Serializable},
	} {
		h := large(c.scheme, 100_000)
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				isolation.Judge(h, c.level, isolation.Options{})
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/100000txns")
		})
	}
}
