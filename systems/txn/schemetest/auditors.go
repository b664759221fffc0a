package schemetest

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Auditors asks what a snapshot shows.
var Auditors = scheduletest.Question{
	System: "snapshotisolation", Name: "auditors",
	Text: `What does a snapshot show? Four move money between four accounts, one transfer after the other, and two audit,
in interleavings that the seed draws, over a store whose commits become durable after a while. Every audit, in two
passes, adds up to what there was in the beginning, and sees each account twice alike.`,
	Canon:     []string{"snapshotisolation.read.consistent-snapshot"},
	Sometimes: []string{"an audit ran beside a commit"},
	Ask: func(r *scheduletest.Run) error {
		for range 4 {
			if err := audited(r); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// slow returns a store whose commits become durable one by one, whenever flush is
// called, and flush.
func slow(store *memory.Store) (flush func() bool) {
	var waiting []func()
	store.Durable = func(done func()) { waiting = append(waiting, done) }
	return func() bool {
		if len(waiting) == 0 {
			return false
		}
		done := waiting[0]
		waiting = waiting[1:]
		done()
		return true
	}
}

func audited(r *scheduletest.Run) error {
	store := bank(4)
	flush, s := slow(store), snapshot.New(store)
	var programs []Program
	for range 12 {
		programs = append(programs, transfer(r.IntN(4), r.IntN(4), 1+r.IntN(9)))
	}
	audit := func(q *Session) error {
		before, first := s.Stats().Commits, map[int]int{}
		for pass := range 2 {
			sum := 0
			for i := range 4 {
				n, err := q.Number(account(i))
				if err != nil {
					return err
				}
				if pass == 1 && n != first[i] {
					return fmt.Errorf("an auditor saw account %d at %d, and then at %d", i, first[i], n)
				}
				first[i], sum = n, sum+n
			}
			if sum != 4*balance {
				return fmt.Errorf("an auditor saw a total of %d in place of %d", sum, 4*balance)
			}
		}
		r.Marks.Sometimes("an audit ran beside a commit", s.Stats().Commits > before)
		return nil
	}
	for _, at := range []int{1, 3, 6, 9} {
		programs[at] = audit
	}
	_, err := (&Stage{Rand: r.Rand, Scheme: s, Steps: 20000, Beside: 5, Flush: flush}).Play(programs...)
	r.Say(s.Stats(), store.All())
	return err
}

// Counter asks how many increments survive.
var Counter = scheduletest.Question{
	System: "snapshotisolation", Name: "counter",
	Text: `How many increments survive? Two to five transactions read a counter and write one more, in interleavings that
the seed draws. The first committer wins: the others, whose snapshots do not show it, are aborted and begin anew. In
the end the counter is the number of commits, and no two that committed had the same snapshot.`,
	Canon:     []string{"snapshotisolation.commit.first-committer-wins"},
	Sometimes: []string{"aborted", "nobody ran beside another"},
	Ask: func(r *scheduletest.Run) error {
		for range 40 {
			if err := counted(r, 2+r.IntN(4)); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

func counted(r *scheduletest.Run, n int) error {
	store := memory.New()
	flush, s := slow(store), snapshot.New(store)
	starts, programs := make([]scheme.Seq, n), make([]Program, n)
	for i := range programs {
		programs[i] = func(q *Session) error {
			v, err := q.Number("counter")
			if err != nil {
				return err
			}
			starts[i], _ = q.Txn.(*snapshot.Txn).Seq()
			return q.Put("counter", strconv.Itoa(v+1))
		}
	}
	sessions, err := (&Stage{Rand: r.Rand, Scheme: s, Flush: flush}).Play(programs...)
	if err != nil {
		return err
	}
	aborts := 0
	for _, q := range sessions {
		aborts += q.Aborts
	}
	r.Say(aborts, starts, store.All())
	r.Marks.Sometimes("aborted", aborts > 0)
	r.Marks.Sometimes("nobody ran beside another", aborts == 0)
	if got := store.All()["counter"]; got != strconv.Itoa(n) {
		return fmt.Errorf("%d have counted, and the counter is %s", n, got)
	}
	slices.Sort(starts)
	if distinct := slices.Compact(starts); len(distinct) < n {
		return fmt.Errorf("%d have counted, from %d states", n, len(distinct))
	}
	return nil
}
