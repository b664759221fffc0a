package schemetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// SingleObject asks what linearizability says of groups of operations.
var SingleObject = scheduletest.Question{
	System: "schedule", Name: "single-object",
	Text: `What does linearizability say of groups of operations? Six clients write or read two items, in interleavings that
the seed draws. Where each operation is a transaction of its own, the history of each item is linearizable, always;
taken as groups of two, they are often not even serializable. Where each group is one transaction, it is strictly
serializable, always.`,
	Canon:     []string{"consistency.linearizable.single-object"},
	Sometimes: []string{"linearizable, and not serializable as groups"},
	Ask: func(r *scheduletest.Run) error {
		for range 5 {
			for _, whole := range []bool{false, true} {
				g := newGroups(r, whole)
				if err := g.run(); err != nil {
					return err
				}
				if err := g.judge(); err != nil {
					return fmt.Errorf("groups are transactions: %v: %w", whole, err)
				}
			}
		}
		return nil
	},
}.Register()

// groups are clients who access two items each.
type groups struct {
	*scheduletest.Run
	whole  bool // each group is a transaction
	now    time.Duration
	single *workload.Recorder[workload.Request, workload.Response]
	group  isolation.History
}

func newGroups(r *scheduletest.Run, whole bool) *groups {
	g := &groups{Run: r, whole: whole}
	g.single = workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { g.now++; return g.now })
	return g
}

func (g *groups) run() error {
	g.group = make(isolation.History, 6)
	programs := make([]Program, 6)
	s := lock.NewTwoPhase(memory.New(), lock.Options{})
	for i := range programs {
		items, reads := []string{"x", "y"}, g.IntN(2) == 0
		if g.IntN(2) == 0 {
			items[0], items[1] = items[1], items[0]
		}
		programs[i] = func(q *Session) error {
			g.now++
			g.group[i] = isolation.Txn{Process: i, Call: g.now, Return: workload.Never}
			for _, item := range items {
				if err := g.access(q, s, i, item, reads); err != nil {
					return err
				}
			}
			q.Committed = func() { g.now++; g.group[i].Outcome, g.group[i].Return = workload.OK, g.now }
			return nil
		}
	}
	_, err := (&Stage{Rand: g.Rand, Scheme: s}).Play(programs...)
	return err
}

// access reads or writes one item, as part of the group's transaction or as one of its
// own.
func (g *groups) access(q *Session, s scheme.Scheme, client int, item string, reads bool) error {
	in := workload.Request{Verb: workload.Write, Key: item, Value: fmt.Sprint("by ", client)}
	if reads {
		in = workload.Request{Verb: workload.Read, Key: item}
	}
	if g.whole {
		value, err := operate(q, q.Txn, in)
		g.note(client, in, value)
		return err
	}
	id := g.single.Invoke(client, in)
	tx := s.Begin(scheme.Options{})
	value, err := operate(q, tx, in)
	if err == nil {
		err = q.Do(tx.Commit)
	}
	if err != nil {
		return err
	}
	g.single.OK(id, workload.Response{Value: value})
	g.note(client, in, value)
	return nil
}

func operate(q *Session, tx scheme.Txn, in workload.Request) (value string, err error) {
	if in.Verb == workload.Write {
		return "", q.Do(func() error { return tx.Put([]byte(in.Key), []byte(in.Value)) })
	}
	err = q.Do(func() error {
		v, _, err := tx.Get([]byte(in.Key))
		value = string(v)
		return err
	})
	return value, err
}

func (g *groups) note(client int, in workload.Request, value string) {
	if in.Verb == workload.Write {
		value = in.Value
	}
	t := &g.group[client]
	t.Accesses = append(t.Accesses, isolation.Access{Verb: in.Verb, Key: in.Key, Value: value})
}

// judge asks the two judges.
func (g *groups) judge() error {
	//parley:noties calls are at different times
	slices.SortFunc(g.group, func(a, b isolation.Txn) int { return cmp.Compare(a.Call, b.Call) })
	g.Say(g.group)
	if g.whole {
		if j := isolation.Judge(g.group, isolation.StrictSerializable, isolation.Options{}); j.Verdict == check.Violation {
			return fmt.Errorf("%v", j)
		}
		return nil
	}
	if j := check.Linearizable(check.Register(), g.single.History(), check.Options{}); j.Verdict != check.OK {
		return fmt.Errorf("%v", j)
	}
	j := isolation.Judge(g.group, isolation.Serializable, isolation.Options{})
	g.Marks.Sometimes("linearizable, and not serializable as groups", j.Verdict == check.Violation)
	return nil
}
