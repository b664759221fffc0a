package schemetest

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// PerObject asks whether a lock for each access is enough.
var PerObject = scheduletest.Question{
	System: "locking", Name: "per-object",
	Text: `Is it enough to lock each object while it is accessed? Money moves from one account to the other while
somebody adds up the two, locking each only while reading it. If the lock table lets her, some interleaving shows a
total that never was. If it keeps the two-phase rule, it refuses her second lock; she then keeps her locks, and
every interleaving shows the right total.`,
	Canon:     []string{"locking.per-object.not-enough", "locking.two-phase.rule"},
	Sometimes: []string{"the second lock was refused"},
	Ask: func(r *scheduletest.Run) error {
		wrong := 0
		for range 80 {
			total, err := addUp(r, lock.Options{})
			if total != 200 || err != nil {
				return fmt.Errorf("by the two-phase rule the total was %d, error: %v", total, err)
			}
			if total, err = addUp(r, lock.Options{Short: true}); err != nil {
				return err
			}
			if total != 200 {
				wrong++
			}
		}
		r.Say(wrong)
		r.Stats["wrong totals"] = float64(wrong)
		if wrong == 0 {
			return errors.New("80 interleavings with a lock for each access all showed the right total")
		}
		return nil
	},
}.Register()

// branch is a bank of two accounts behind a lock table.
type branch struct {
	*scheduletest.Run
	table   *lock.Table
	balance map[string]int
	total   int
	keeps   bool // the second transaction keeps its locks
}

// addUp runs a transfer and a sum beside each other and returns the sum.
func addUp(r *scheduletest.Run, o lock.Options) (total int, err error) {
	b := &branch{Run: r, table: lock.New(o), balance: map[string]int{"x": 100, "y": 100}}
	b.table.Begin(1, 1)
	b.table.Begin(2, 2)
	transfer := []func() error{
		b.access(1, "x", lock.Exclusive, func() { b.balance["x"] -= 10 }),
		b.access(1, "y", lock.Exclusive, func() { b.balance["y"] += 10 }),
	}
	sum := []func() error{
		b.access(2, "x", lock.Shared, func() { b.total = b.balance["x"] }),
		b.access(2, "y", lock.Shared, func() { b.total += b.balance["y"] }),
	}
	for steps, i, j := 0, 0, 0; i < 2 || j < 2; steps++ {
		if steps == 1000 {
			return 0, errors.New("the two do not come to an end")
		}
		if i < 2 && (j == 2 || r.IntN(2) == 0) {
			err = advance(&i, transfer, func() { b.table.End(1) })
		} else {
			err = advance(&j, sum, func() { b.table.End(2) })
		}
		if errors.Is(err, lock.ErrTwoPhase) {
			err, j = nil, 0
			b.again()
		}
		if err != nil {
			return 0, err
		}
	}
	return b.total, nil
}

// advance does the next step of a transaction, if it need not wait, and ends it
// after the last.
func advance(at *int, steps []func() error, end func()) error {
	err := steps[*at]()
	if _, waits := scheme.Waiting(err); waits {
		return nil
	}
	if err != nil {
		return err
	}
	if *at++; *at == len(steps) {
		end()
	}
	return nil
}

// again begins the sum anew, with more care.
func (b *branch) again() {
	b.Marks.Sometimes("the second lock was refused", true)
	b.table.End(2)
	b.table.Begin(2, 2)
	b.keeps = true
}

// access locks an account, does something to it, and if it is the sum's, and not
// careful, unlocks it.
func (b *branch) access(id scheme.ID, account string, m lock.Mode, do func()) func() error {
	r := lock.Key([]byte(account))
	return func() error {
		if err := b.table.Acquire(id, r, m); err != nil {
			return err
		}
		do()
		if id == 2 && !b.keeps {
			b.table.Release(id, r)
		}
		return nil
	}
}
