package schemetest

import (
	"fmt"
	"maps"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/schedule"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Validation asks what the three conditions are good for.
var Validation = scheduletest.Question{
	System: "occ", Name: "validation",
	Text: `What do the three conditions of validation let through? Three small transactions read three items, or
write them without looking, in interleavings that the seed draws, over a store that lets others go on in the middle
of a commit phase. What those who committed have read, and what is left, is what some serial order of them gives.
Each condition lets somebody pass, and sends somebody away.`,
	Canon: []string{"occ.validate.three-conditions", "occ.phases.modify-validate-commit"},
	Sometimes: []string{
		"passed by A", "passed by B", "passed by C", "sent away",
	},
	Ask: func(r *scheduletest.Run) error {
		for range 60 {
			if err := validated(r, occ.Options{Serial: r.IntN(5) == 0}); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// seen is what a transaction has read, in order.
type seen []string

func validated(r *scheduletest.Run, o occ.Options) error {
	store := memory.New()
	store.Stall = func() *scheme.Ticket {
		if r.IntN(3) > 0 {
			return nil
		}
		t := new(scheme.Ticket)
		t.Fire() // nobody has to come first, but others may
		return t
	}
	txns := r.Transactions(3, 4, false)
	reads, programs := make([]seen, len(txns)), make([]Program, len(txns))
	for i, ops := range txns {
		programs[i] = func(s *Session) error {
			reads[i] = nil
			for _, op := range ops {
				if err := perform(s, op, &reads[i]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	s := occ.New(store, o)
	if _, err := Interleave(r.Rand, s, 2000, programs...); err != nil {
		return err
	}
	r.Marks.Sometimes("passed by A", s.Stats().NotCompared > 0)
	r.Marks.Sometimes("passed by B", s.Stats().MissedB > 0)
	r.Marks.Sometimes("passed by C", s.Stats().MissedC > 0)
	r.Marks.Sometimes("sent away", s.Stats().Invalid > 0)
	left := store.All()
	r.Say(txns, reads, left)
	if !explained(txns, reads, left) {
		return fmt.Errorf("no serial order of %v gives the reads %v and leaves %v", txns, reads, left)
	}
	return nil
}

// perform does one operation of a transaction, which writes its own number.
func perform(s *Session, op schedule.Op, reads *seen) error {
	if op.Kind == schedule.Write {
		return s.Put(op.Item, fmt.Sprint(op.Txn))
	}
	v, err := s.Get(op.Item)
	*reads = append(*reads, v)
	return err
}

// explained tells whether some serial order gives these reads and this state.
func explained(txns []schedule.Schedule, reads []seen, left map[string]string) bool {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		state, agree := map[string]string{}, true
		for _, i := range order {
			at := 0
			for _, op := range txns[i] {
				if op.Kind == schedule.Write {
					state[op.Item] = fmt.Sprint(op.Txn)
					continue
				}
				agree = agree && reads[i][at] == state[op.Item]
				at++
			}
		}
		if agree && maps.Equal(state, left) {
			return true
		}
	}
	return false
}
