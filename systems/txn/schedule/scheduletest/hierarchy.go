package scheduletest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

// Hierarchy holds the classes against each other.
var Hierarchy = Question{
	System: "schedule", Name: "hierarchy",
	Text: `How do the classes of schedules relate? For interleavings of three small transactions, some of which abort:
whatever two-phase locking produces is conflict serializable, that is view serializable, that is final-state
serializable; rigorous is strict, that is cascadeless, that is recoverable. None of these holds the other way round:
each gap is met by some schedule, in particular one that is serializable and that no lock manager could have
produced. View and final-state serializability are compared with runs of all serial orders.`,
	Canon: []string{"schedule.serializable.conflict", "locking.two-phase.sufficient-not-necessary"},
	Sometimes: []string{
		"conflict serializable, not two-phase", "view, not conflict serializable", "final-state, not view serializable",
		"two-phase, not strictly so", "strict, not rigorous", "cascadeless, not strict", "recoverable, not cascadeless", "not recoverable",
	},
	Enough: 60,
	Ask: func(r *Run) error {
		return r.all(r.Transactions(3, 3, true), 60, func(s schedule.Schedule) error { return hierarchy(r, s) })
	},
}.Register()

func hierarchy(r *Run, s schedule.Schedule) error {
	is := answers(s)
	for _, gap := range []struct{ inner, outer, name string }{
		{"conflict serializable", "view serializable", "view, not conflict serializable"},
		{"view serializable", "final-state serializable", "final-state, not view serializable"},
		{"two-phase locking", "conflict serializable", "conflict serializable, not two-phase"},
		{"strict two-phase locking", "two-phase locking", "two-phase, not strictly so"},
		{"strict two-phase locking", "strict", ""},
		{"rigorous two-phase locking", "strict two-phase locking", ""},
		{"rigorous two-phase locking", "rigorous", ""},
		{"rigorous", "rigorous two-phase locking", ""},
		{"rigorous", "strict", "strict, not rigorous"},
		{"strict", "cascadeless", "cascadeless, not strict"},
		{"cascadeless", "recoverable", "recoverable, not cascadeless"},
		{"recoverable", "", "not recoverable"},
	} {
		if is[gap.inner] && gap.outer != "" && !is[gap.outer] {
			return fmt.Errorf("%v is %s, and not %s:\n%v", s, gap.inner, gap.outer, s.Analyze())
		}
		if gap.name != "" {
			r.Marks.Sometimes(gap.name, !is[gap.inner] && (gap.outer == "" || is[gap.outer]))
		}
	}
	return serialRuns(s, is)
}

func answers(s schedule.Schedule) map[string]bool {
	is := map[string]bool{}
	for _, f := range s.Analyze().Findings {
		is[f.Property] = f.Answer == schedule.Yes
	}
	return is
}

// serialRuns tries all serial orders on numbers. Writes mix all that their
// transaction has read, so that equal results mean equal views but for chance,
// and equal values equal final states.
func serialRuns(s schedule.Schedule, is map[string]bool) error {
	s = s.Surviving()
	values := map[string]int{"x": 1_000_003, "y": 2_000_029, "z": 3_000_017}
	want := Execute(s, values)
	view, final := false, false
	permutations(s.Txns(), func(order []schedule.Txn) bool {
		got := Execute(s.Serial(order), values)
		view = view || got.Same(want)
		final = final || fmt.Sprint(got.Values) == fmt.Sprint(want.Values)
		return false
	})
	if view != is["view serializable"] || final != is["final-state serializable"] {
		return fmt.Errorf("%v: run on numbers, view serializable %v, final-state serializable %v:\n%v", s, view, final, s.Analyze())
	}
	return nil
}

// TwoPhase compares inequalities with a lock manager.
var TwoPhase = Question{
	System: "schedule", Name: "two-phase",
	Text: `Which schedules can a two-phase lock manager produce? A manager that may take, upgrade and release any lock at
any moment that the two-phase rule allows is run exhaustively on interleavings of two or three tiny transactions, with
locks released early, with exclusive ones kept to the end, and with all kept. The lock points that the package
finds must exist exactly if one of its runs gets through, and what it produces must be conflict serializable, in
the order of the lock points.`,
	Canon:     []string{"locking.two-phase.sufficient-not-necessary", "schedule.precedence-graph.acyclic-iff"},
	Sometimes: []string{"produced", "serializable, not produced", "produced, but not with all locks to the end"},
	Ask: func(r *Run) error {
		txns := r.Transactions(2+r.IntN(2), 2, true)
		return r.all(txns, 20, func(s schedule.Schedule) error { return twoPhase(r, s) })
	},
}.Register()

func twoPhase(r *Run, s schedule.Schedule) error {
	var can [3]bool
	for _, l := range []schedule.Locking{schedule.Plain, schedule.StrictLocks, schedule.AllToEnd} {
		points, err := s.TwoPhase(l)
		can[l] = producible(s, l)
		if can[l] != (err == nil) {
			return fmt.Errorf("%v, locking %d: the manager produces it: %v; lock points %v, %v", s, l, can[l], points, err)
		}
		if err := ordered(s, points); err != nil {
			return err
		}
	}
	r.Marks.Sometimes("produced", can[schedule.Plain])
	r.Marks.Sometimes("serializable, not produced", !can[schedule.Plain] && byOrders(s.Surviving()))
	r.Marks.Sometimes("produced, but not with all locks to the end", can[schedule.Plain] && !can[schedule.AllToEnd])
	return nil
}

// ordered checks that conflicts follow the lock points.
func ordered(s schedule.Schedule, points schedule.LockPoints) error {
	for i, a := range s {
		for _, b := range s[i+1:] {
			if points != nil && collide(a, b) && points[a.Txn] > points[b.Txn] {
				return fmt.Errorf("%v: %v conflicts with %v, against the lock points %v", s, a, b, points)
			}
		}
	}
	return nil
}
