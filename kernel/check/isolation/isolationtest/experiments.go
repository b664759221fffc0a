package isolationtest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/experiment"
)

// Judge compares the judge with the definitions.
var Judge = experiment.Register(&experiment.Experiment{
	System: "schedule", Name: "judge",
	Question: `Does the judge of recorded transactions say what the definitions say? The seed draws tiny histories of toy
stores, from a serial one to one that reads and writes in place, and damages some. For five levels a search over all
orders of transactions, or of their starts and commits, decides whether some execution explains what the clients saw.
The judge may call a violation only what none explains, and good only what some explains; for lists and serializability
it must always decide. What a store of a scheme makes keeps that scheme's level. Serializability alone asks nothing of
real time: some histories are serializable, and not strictly so.`,
	Hosts: "none",
	Canon: []string{"schedule.serializable.no-real-time"},
	Sometimes: []string{
		"serializable", "serializable, not strictly", "snapshot isolation, not serializable", "not even snapshot isolation",
		"undecided", "G0", "G1a", "G1b", "G1c", "G-single", "lost update", "G2-item", "internal", "garbage read",
		"incompatible order", "G-single-realtime", "G2-item-process",
	},
	Enough: 100,
	Run:    judge,
})

func judge(seed uint64, o experiment.Options) experiment.Result {
	r := rand.New(rand.NewPCG(seed, 0x150))
	var marks experiment.Marks
	sum := fnv.New64a()
	out := experiment.Result{Verdict: check.OK, Events: 60}
	for range 60 {
		if o.Context != nil && o.Context.Err() != nil {
			out.Verdict, out.Violation = check.Unknown, "the caller ended the run"
			break
		}
		said, err := compare(r, &marks)
		fmt.Fprint(sum, said)
		if err != nil {
			out.Verdict, out.Violation = check.Violation, err.Error()
			break
		}
	}
	out.Hash, out.Marks = sum.Sum64(), marks.Names()
	return out
}

// levels are those that have a definition here.
var levels = []struct {
	level isolation.Level
	holds func(isolation.History) bool
}{
	{isolation.SnapshotIsolation, func(h isolation.History) bool { return Snapshot(h, Any) }},
	{isolation.StrongSessionSnapshot, func(h isolation.History) bool { return Snapshot(h, ByProcess) }},
	{isolation.StrongSnapshot, func(h isolation.History) bool { return Snapshot(h, ByTime) }},
	{isolation.Serializable, func(h isolation.History) bool { return Serializable(h, Any) }},
	{isolation.StrongSessionSerializable, func(h isolation.History) bool { return Serializable(h, ByProcess) }},
	{isolation.StrictSerializable, func(h isolation.History) bool { return Serializable(h, ByTime) }},
}

func compare(r *rand.Rand, marks *experiment.Marks) (said string, err error) {
	s := &Store{Rand: r, Scheme: Scheme(r.IntN(int(schemes))), Lists: r.IntN(2) == 0, Keys: 1 + r.IntN(3), Processes: 2 + r.IntN(2), Most: 3}
	h, versions := s.Run(3 + r.IntN(3))
	intact := r.IntN(2) == 0
	for range r.IntN(3) {
		if !intact {
			Damage(r, h)
		}
	}
	o := isolation.Options{}
	if !s.Lists && intact && s.Scheme != Dirty && r.IntN(2) == 0 {
		o.Versions = versions
	}
	holds := map[isolation.Level]bool{}
	for _, l := range levels {
		j, want := isolation.Judge(h, l.level, o), l.holds(h)
		holds[l.level] = want
		said += fmt.Sprint(j.Verdict, want)
		if err := agree(j, want, s.Lists, o.Versions != nil, l.level); err != nil {
			return "", fmt.Errorf("%w\n%s", err, Show(h))
		}
		marks.Sometimes("undecided", j.Verdict == check.Unknown)
	}
	if err := keeps(s, h, o, intact); err != nil {
		return "", fmt.Errorf("%w\n%s", err, Show(h))
	}
	note(marks, h, o, holds)
	return said, nil
}

// agree holds a judgement against the definition. With an order of versions that
// the store tells, there is less that explains a history.
func agree(j check.Judgement, want, lists, told bool, l isolation.Level) error {
	switch {
	case j.Verdict == check.Violation && want && !told:
		return fmt.Errorf("some execution explains the history, but %v", j)
	case j.Verdict == check.OK && !want:
		return fmt.Errorf("no execution explains the history, but %v", j)
	case j.Verdict == check.Unknown && lists && l >= isolation.Serializable:
		return fmt.Errorf("lists leave nothing open, but %v", j)
	}
	return nil
}

// keeps checks that what a scheme makes is not called a violation of its level.
// Reading one's own append behind what others have committed so far, as the
// schemes without snapshots or turns do, shows lists that nobody else sees.
func keeps(s *Store, h isolation.History, o isolation.Options, intact bool) error {
	level, promises := map[Scheme]isolation.Level{
		Serial: isolation.StrictSerializable, SnapshotI: isolation.StrongSnapshot, Committed: isolation.ReadCommitted,
	}[s.Scheme]
	if !promises || !intact || s.Scheme == Committed && s.Lists {
		return nil
	}
	if j := isolation.Judge(h, level, o); j.Verdict == check.Violation {
		return fmt.Errorf("a store of scheme %d made it, and %v", s.Scheme, j)
	}
	return nil
}

func note(marks *experiment.Marks, h isolation.History, o isolation.Options, holds map[isolation.Level]bool) {
	marks.Sometimes("serializable", holds[isolation.Serializable])
	marks.Sometimes("serializable, not strictly", holds[isolation.Serializable] && !holds[isolation.StrictSerializable])
	marks.Sometimes("snapshot isolation, not serializable", holds[isolation.SnapshotIsolation] && !holds[isolation.Serializable])
	marks.Sometimes("not even snapshot isolation", !holds[isolation.SnapshotIsolation])
	found, _ := isolation.Anomalies(h, o)
	for _, a := range found {
		for _, name := range judged {
			marks.Sometimes(string(name), a.Name == name)
		}
	}
}

// judged are the anomalies that a campaign must have met.
var judged = []isolation.Name{
	isolation.G0, isolation.G1a, isolation.G1b, isolation.G1c, isolation.GSingle, isolation.LostUpdate, isolation.G2Item,
	isolation.Internal, isolation.Garbage, isolation.Incompatible, "G-single-realtime", "G2-item-process",
}

// Show renders a history, one transaction a line.
func Show(h isolation.History) string {
	var b strings.Builder
	for i := range h {
		fmt.Fprintf(&b, "T%d process %d %d..%d %v: %v\n", i, h[i].Process, h[i].Call, h[i].Return, h[i].Outcome, &h[i])
	}
	return b.String()
}
