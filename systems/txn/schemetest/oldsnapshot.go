package schemetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// OldSnapshot asks whether serializable means up to date.
var OldSnapshot = scheduletest.Question{
	System: "schedule", Name: "no-real-time",
	Text: `Does serializability require that who begins after a commit comes after it? A store serves readers from a snapshot
that is up to five commits old, and isolates writers by locks. Somebody writes one item after the other, and others
read, each transaction after the one before has ended. What they saw is judged to be serializable, always; and
not strictly so once somebody reads what was overwritten before she began. Where readers take the newest snapshot, it is
both.`,
	Canon:     []string{"schedule.serializable.no-real-time"},
	Sometimes: []string{"serializable, and not strictly", "somebody read the past"},
	Ask: func(r *scheduletest.Run) error {
		fresh := readOld(r, 0)
		if j := isolation.Judge(fresh, isolation.StrictSerializable, isolation.Options{}); j.Verdict != check.OK {
			return fmt.Errorf("with new snapshots: %v", j)
		}
		old := readOld(r, 1+r.IntN(5))
		if j := isolation.Judge(old, isolation.Serializable, isolation.Options{}); j.Verdict != check.OK {
			return fmt.Errorf("with old snapshots: %v", j)
		}
		past := stale(old)
		strict := isolation.Judge(old, isolation.StrictSerializable, isolation.Options{})
		r.Say(old, past, strict.Verdict)
		r.Marks.Sometimes("somebody read the past", past)
		r.Marks.Sometimes("serializable, and not strictly", strict.Verdict == check.Violation)
		if past != (strict.Verdict == check.Violation) {
			return fmt.Errorf("somebody read what had been overwritten: %v; judged strictly: %v", past, strict)
		}
		return nil
	},
}.Register()

// lagging is a scheme whose readers see a snapshot that is some commits old.
type lagging struct {
	*lock.TwoPhase
	store     scheme.Store
	lag       int
	snapshots []scheme.Snapshot // the last of them, the oldest first
}

// keep takes a snapshot after a commit.
func (s *lagging) keep() error {
	snapshot, err := s.store.Snapshot()
	if err != nil {
		return err
	}
	if s.snapshots = append(s.snapshots, snapshot); len(s.snapshots) > s.lag+1 {
		s.snapshots = s.snapshots[1:]
	}
	return nil
}

func (s *lagging) Begin(o scheme.Options) scheme.Txn {
	if o.ReadOnly {
		return lagged{s.snapshots[0]}
	}
	return s.TwoPhase.Begin(o)
}

// lagged reads a snapshot.
type lagged struct{ scheme.Snapshot }

func (l lagged) Put(_, _ []byte) error { return scheme.ErrReadOnly }
func (l lagged) Delete([]byte) error   { return scheme.ErrReadOnly }
func (l lagged) Commit() error         { return nil }
func (l lagged) Abort() error          { return nil }
func (l lagged) Scan(r scheme.Range) scheme.Cursor {
	return workspace.Scan(r, shown(l), new(workspace.Writes))
}

// shown implements workspace.View.
type shown struct{ scheme.Snapshot }

func (shown) Passed(scheme.Range) {}

// readOld returns what transactions saw, one after the other.
func readOld(r *scheduletest.Run, lag int) (h isolation.History) {
	store := memory.New()
	s := &lagging{TwoPhase: lock.NewTwoPhase(store, lock.Options{}), store: store, lag: lag}
	must(s.keep())
	for i := range 12 {
		at := time.Duration(i) * time.Second
		t := isolation.Txn{Process: i, Call: at, Return: at + time.Second/2, Outcome: workload.OK}
		item := []byte([]string{"x", "y"}[r.IntN(2)])
		reads := r.IntN(2) == 0
		tx := s.Begin(scheme.Options{ReadOnly: reads})
		if reads {
			for _, k := range []string{"x", "y"} {
				v, _, err := tx.Get([]byte(k))
				must(err)
				t.Accesses = append(t.Accesses, isolation.Access{Verb: workload.Read, Key: k, List: list(v)})
			}
			must(tx.Commit())
		} else {
			v, _, err := tx.Get(item)
			must(err)
			entry := fmt.Sprint(i)
			if len(v) > 0 {
				entry = string(v) + "," + entry
			}
			must(tx.Put(item, []byte(entry)))
			must(tx.Commit())
			must(s.keep())
			t.Accesses = []isolation.Access{
				{Verb: workload.Read, Key: string(item), List: list(v)}, {Verb: workload.Append, Key: string(item), Value: fmt.Sprint(i)},
			}
		}
		h = append(h, t)
	}
	return h
}

// must is for what cannot fail: one transaction at a time on a store in memory.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// stale tells whether somebody read a list that was longer before.
func stale(h isolation.History) bool {
	longest := map[string]int{}
	for _, t := range h {
		for _, a := range t.Accesses {
			switch {
			case a.Verb == workload.Append:
				longest[a.Key]++
			case len(a.List) < longest[a.Key]:
				return true
			}
		}
	}
	return false
}
