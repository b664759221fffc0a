package schemetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/schedule"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Instants asks when a transaction happens.
var Instants = scheduletest.Question{
	System: "mvcc", Name: "two-instants",
	Text: `When does a transaction under snapshot isolation happen? Three to five small transactions read and write three
items, in interleavings that the seed draws. Each has two instants: the number of the commit that its snapshot shows
last, and that of its own commit. All its reads, but of its own writes, are what the commits up to the first instant left,
in their order, and the end is what all left: nothing else of the interleaving matters. Of some the two instants lie
apart, with the commits of others between, which under a serializable scheme would be one instant.`,
	Canon:     []string{"mvcc.snapshots.read-set-write-set", "snapshotisolation.read.consistent-snapshot"},
	Sometimes: []string{"commits between the two instants", "somebody read only"},
	Ask: func(r *scheduletest.Run) error {
		for range 40 {
			if err := instants(r); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// moment is what a transaction did, and when.
type moment struct {
	ops           schedule.Schedule
	reads         seen
	start, commit scheme.Seq // commit is 0 if it wrote nothing
}

func instants(r *scheduletest.Run) error {
	txns := r.Transactions(3+r.IntN(3), 4, false)
	store := memory.New()
	s, commits := snapshot.New(store), scheme.Seq(0)
	all, programs := make([]moment, len(txns)), make([]Program, len(txns))
	for i, ops := range txns {
		programs[i] = func(q *Session) error {
			m := &all[i]
			*m = moment{ops: ops}
			for _, op := range ops {
				if err := perform(q, op, &m.reads); err != nil {
					return err
				}
			}
			m.start, _ = q.Txn.(*snapshot.Txn).Seq()
			q.Committed = func() { // at once: the store is durable when it is told
				if writes(ops) {
					commits++
					m.commit = commits
				}
			}
			return nil
		}
	}
	if _, err := (&Stage{Rand: r.Rand, Scheme: s}).Play(programs...); err != nil {
		return err
	}
	r.Say(all, store.All())
	return explainedByInstants(r, all, store.All())
}

func writes(ops schedule.Schedule) bool {
	return slices.ContainsFunc(ops, func(o schedule.Op) bool { return o.Kind == schedule.Write })
}

// explainedByInstants replays reads and writes at their instants.
func explainedByInstants(r *scheduletest.Run, all []moment, left map[string]string) error {
	states := []map[string]string{{}}
	for seq := scheme.Seq(1); ; seq++ {
		i := slices.IndexFunc(all, func(m moment) bool { return m.commit == seq })
		if i < 0 {
			break
		}
		state := maps.Clone(states[seq-1])
		serially(all[i].ops, state)
		states = append(states, state)
	}
	for i, m := range all {
		if want := serially(m.ops, maps.Clone(states[m.start])); !slices.Equal(want, m.reads) {
			return fmt.Errorf("%v: transaction %d, which sees commit %d, read %q and not %q", all, i+1, m.start, m.reads, want)
		}
		r.Marks.Sometimes("commits between the two instants", m.commit > m.start+1)
		r.Marks.Sometimes("somebody read only", m.commit == 0)
	}
	if last := states[len(states)-1]; !maps.Equal(left, last) {
		return fmt.Errorf("%v left %v, and by the order of commits %v", all, left, last)
	}
	return nil
}
