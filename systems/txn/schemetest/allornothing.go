package schemetest

import (
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// AllOrNothing asks what is left of a transaction that is given up.
var AllOrNothing = scheduletest.Question{
	System: "schedule", Name: "all-or-nothing",
	Text: `What is left of a transaction that is given up? A transfer takes from one account, gives to two, opens one and
closes one. It is given up before each of its operations, and before its commit, under every scheme: each time the
database is byte for byte what it was. When it commits, another who looks on between the operations sees all of it or
nothing: before the commit nothing, after it all.`,
	Canon: []string{"schedule.tx.all-or-nothing-multi-object"},
	Ask: func(r *scheduletest.Run) error {
		protocols := append(careful(), func(s scheme.Store) scheme.Scheme { return snapshot.New(s) })
		for _, under := range protocols {
			for give := range 6 {
				if err := giveUp(r, under, give, 1+r.IntN(40)); err != nil {
					return fmt.Errorf("%s, given up before operation %d: %w", under(memory.New()).Name(), give+1, err)
				}
			}
		}
		return wholeAtOnce(r)
	},
}.Register()

// split is a transfer of five operations, of which the first so many are done.
func split(tx scheme.Txn, amount, most int) error {
	steps := []func() error{
		func() error { return tx.Put([]byte(account(0)), []byte(strconv.Itoa(balance-2*amount))) },
		func() error { return tx.Put([]byte(account(1)), []byte(strconv.Itoa(balance+amount))) },
		func() error { return tx.Put([]byte(account(2)), []byte(strconv.Itoa(balance+amount))) },
		func() error { return tx.Delete([]byte(account(3))) },
		func() error { return tx.Put([]byte(account(4)), []byte(strconv.Itoa(balance))) },
	}
	for _, step := range steps[:most] {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func giveUp(r *scheduletest.Run, under func(scheme.Store) scheme.Scheme, most, amount int) error {
	store := bank(4)
	before, s := store.All(), under(store)
	tx := s.Begin(scheme.Options{})
	if err := errors.Join(split(tx, amount, most), tx.Abort()); err != nil {
		return err
	}
	after := store.All()
	r.Say(s.Name(), most, after)
	if !maps.Equal(before, after) {
		return fmt.Errorf("%v became %v", before, after)
	}
	tx = s.Begin(scheme.Options{})
	if err := errors.Join(split(tx, amount, 5), tx.Commit()); err != nil {
		return err
	}
	if left := store.All(); !maps.Equal(left, wholeSplit(amount)) {
		return fmt.Errorf("after the commit there is %v", left)
	}
	return nil
}

func wholeSplit(amount int) map[string]string {
	return map[string]string{
		account(0): strconv.Itoa(balance - 2*amount), account(1): strconv.Itoa(balance + amount),
		account(2): strconv.Itoa(balance + amount), account(4): strconv.Itoa(balance),
	}
}

// wholeAtOnce looks at the database between the operations of a transfer.
func wholeAtOnce(r *scheduletest.Run) error {
	store, amount := bank(4), 1+r.IntN(40)
	before, s := store.All(), snapshot.New(store)
	for done := range 6 {
		tx := s.Begin(scheme.Options{})
		if err := split(tx, amount, done); err != nil {
			return err
		}
		if seen, err := look(s); err != nil || !maps.Equal(seen, before) {
			return fmt.Errorf("after %d operations another sees %v, error: %w", done, seen, err)
		}
		if done < 5 {
			if err := tx.Abort(); err != nil {
				return err
			}
			continue
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	seen, err := look(s)
	if err != nil || !maps.Equal(seen, wholeSplit(amount)) {
		return fmt.Errorf("after the commit another sees %v, error: %w", seen, err)
	}
	return nil
}

// look reads all that there is, in one transaction.
func look(s scheme.Scheme) (map[string]string, error) {
	tx, seen := s.Begin(scheme.Options{ReadOnly: true}), map[string]string{}
	for c := tx.Scan(scheme.Range{}); ; {
		k, v, found, err := c.Next()
		if err != nil || !found {
			return seen, errors.Join(err, tx.Commit())
		}
		seen[string(k)] = string(v)
	}
}

// Applications asks whose business consistency is.
var Applications = scheduletest.Question{
	System: "schedule", Name: "consistency",
	Text: `Whose business is consistency? Accounts are to add up to what there was. Transfers that keep it when they run
alone keep it beside each other, five at a time under two-phase locking, with some given up in the middle and with power
losses that take what is not durable. One that gives more than it takes breaks it, even alone and with nothing
going wrong: nothing below it could have known.`,
	Canon:     []string{"schedule.acid.consistency-is-the-applications"},
	Sometimes: []string{"somebody gave up in the middle", "power was lost in the middle"},
	Ask: func(r *scheduletest.Run) error {
		store := bank(4)
		for range 4 {
			if err := honest(r, store); err != nil {
				return err
			}
			r.Marks.Sometimes("power was lost in the middle", true)
			store = store.Restart()
			if got := total(store); got != 4*balance {
				return fmt.Errorf("after power was lost there is %d in place of %d", got, 4*balance)
			}
		}
		before, generous := total(store), func(q *Session) error { return q.Put(account(0), strconv.Itoa(1000)) }
		if _, err := Interleave(r.Rand, lock.NewTwoPhase(store, lock.Options{}), 100, generous); err != nil {
			return err
		}
		r.Say(total(store))
		if total(store) == before {
			return errors.New("a transfer that gives more than it takes broke nothing")
		}
		return nil
	},
}.Register()

func total(store *memory.Store) (sum int) {
	for i := range 4 {
		n, _ := strconv.Atoi(store.All()[account(i)])
		sum += n
	}
	return sum
}

// errPower ends a run in the middle.
var errPower = errors.New("power is lost")

// honest runs transfers beside each other until the power is lost.
func honest(r *scheduletest.Run, store *memory.Store) error {
	flush := slow(store)
	var programs []Program
	for i := range 12 {
		whole := transfer(r.IntN(4), r.IntN(4), 1+r.IntN(9))
		from, gives := r.IntN(4), i%4 == 3
		programs = append(programs, func(q *Session) error {
			if gives && q.Aborts == 0 {
				gives = false
				n, err := q.Number(account(from))
				if err != nil {
					return err
				}
				if err := q.Put(account(from), strconv.Itoa(n-50)); err != nil {
					return err
				}
				r.Marks.Sometimes("somebody gave up in the middle", true)
				return &scheme.Abort{Reason: "given up"} // and tried again, whole
			}
			return whole(q)
		})
	}
	lost := 20 + r.IntN(60)
	programs = append(programs, func(q *Session) error {
		for range lost {
			if err := q.Do(func() error { return nil }); err != nil {
				return err
			}
		}
		return errPower
	})
	stage := &Stage{Rand: r.Rand, Scheme: lock.NewTwoPhase(store, lock.Options{}), Steps: 20000, Flush: flush}
	if _, err := stage.Play(programs...); !errors.Is(err, errPower) {
		return fmt.Errorf("the power was not lost: %w", err)
	}
	r.Say(store.All())
	return nil
}
