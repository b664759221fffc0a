package schemetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Deadlock asks what becomes of transactions that wait for each other.
var Deadlock = scheduletest.Question{
	System: "locking", Name: "deadlock",
	Text: `What becomes of transactions that wait for each other? Two to four of them lock two keys each, so that the
last key of each is the first of the next. By each policy all finish in the end. Where cycles are looked for, as many
transactions are aborted as cycles were found, one for a ring that has closed, and none if it did not close;
where they are prevented, nobody ever waits in a cycle.`,
	Canon: []string{"locking.two-phase.deadlock"},
	Sometimes: []string{
		"a ring closed", "a ring did not close", "wound-wait aborted", "wait-die aborted", "no-wait aborted",
	},
	Ask: func(r *scheduletest.Run) error {
		for range 12 {
			for _, p := range lock.Policies() {
				if err := ring(r, p, 2+r.IntN(3)); err != nil {
					return fmt.Errorf("%v: %w", p, err)
				}
			}
		}
		return nil
	},
}.Register()

// ring lets n transactions lock keys in a ring.
func ring(r *scheduletest.Run, p lock.Policy, n int) error {
	first, closed := make([]bool, n), false // who has its first key and not its last
	programs := make([]Program, n)
	for i := range programs {
		programs[i] = func(s *Session) error {
			first[i] = false
			if err := s.Put(fmt.Sprint(i), "first"); err != nil {
				return err
			}
			first[i] = true
			closed = closed || all(first)
			err := s.Put(fmt.Sprint((i+1)%n), "second")
			if err == nil {
				first[i] = false
			}
			return err
		}
	}
	s := lock.NewTwoPhase(memory.New(), lock.Options{Policy: p})
	sessions, err := Interleave(r.Rand, s, 4000, programs...)
	if err != nil {
		return err
	}
	aborts := 0
	for _, s := range sessions {
		aborts += s.Aborts
	}
	r.Say(p, n, aborts)
	if p != lock.Detect {
		r.Marks.Sometimes(p.String()+" aborted", aborts > 0)
		return nil
	}
	r.Marks.Sometimes("a ring closed", aborts > 0)
	r.Marks.Sometimes("a ring did not close", aborts == 0)
	switch cycles := s.Stats().Cycles; {
	case aborts != cycles:
		return fmt.Errorf("%d aborted for %d cycles", aborts, cycles)
	case closed && aborts != 1:
		return fmt.Errorf("a ring of %d closed, and %d were aborted", n, aborts)
	case !closed && aborts > 0:
		return fmt.Errorf("%d aborted, and no ring of %d closed", aborts, n)
	}
	return nil
}

func all(flags []bool) bool {
	for _, f := range flags {
		if !f {
			return false
		}
	}
	return true
}
