package schemetest

import (
	"fmt"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// LongReader asks what becomes of a long reader while others write.
var LongReader = scheduletest.Question{
	System: "mvcc", Name: "long-reader",
	Text: `What becomes of somebody who reads for long while others write? She adds up six accounts, and then once more,
while four others move money between them, forty transfers in all, in interleavings that the seed draws. Where
objects keep versions, by timestamps or snapshots, she is never aborted, and both sums are right; by timestamps she
may wait for an older writer who has not committed. Under two-phase locking she and the writers wait for each
other, and under optimistic control she begins anew.`,
	Canon:     []string{"mvcc.versions.reads-never-rejected"},
	Sometimes: []string{"waited for an older writer"},
	Ask: func(r *scheduletest.Run) error {
		waits, restarts := 0, 0
		for range 4 {
			for _, versions := range []scheme.Scheme{mvcc.New(bank(6), mvcc.Options{}), snapshot.New(bank(6))} {
				reader, _, err := readLong(r, versions)
				if err != nil {
					return err
				}
				if reader.Aborts > 0 {
					return fmt.Errorf("%s: the reader was aborted %d times", versions.Name(), reader.Aborts)
				}
				r.Marks.Sometimes("waited for an older writer", reader.Waits > 0)
			}
			reader, writers, err := readLong(r, lock.NewTwoPhase(bank(6), lock.Options{}))
			if err != nil {
				return err
			}
			waits += reader.Waits + writers
			if reader, _, err = readLong(r, occ.New(bank(6), occ.Options{})); err != nil {
				return err
			}
			restarts += reader.Aborts
		}
		r.Stats["waits under locks"], r.Stats["restarts under validation"] = float64(waits), float64(restarts)
		if waits == 0 || restarts == 0 {
			return fmt.Errorf("%d waited under locks, %d began anew under validation", waits, restarts)
		}
		return nil
	},
}.Register()

// balance is what every account begins with.
const balance = 100

func account(i int) string { return fmt.Sprintf("account %d", i) }

// bank returns a store with accounts.
func bank(accounts int) *memory.Store {
	store := memory.New()
	for i := range accounts {
		store.Load(account(i), strconv.Itoa(balance))
	}
	return store
}

// readLong runs one reader and four writers of ten transfers each, and returns the
// reader, and how often writers waited.
func readLong(r *scheduletest.Run, s scheme.Scheme) (reader *Session, waits int, err error) {
	read := func(q *Session) error {
		for range 2 {
			sum := 0
			for i := range 6 {
				n, err := q.Number(account(i))
				if err != nil {
					return err
				}
				sum += n
			}
			// Under validation she may see what never was, and is told in the end.
			if _, validates := s.(*occ.Optimistic); sum != 6*balance && !validates {
				return fmt.Errorf("%s: accounts add up to %d", s.Name(), sum)
			}
		}
		return nil
	}
	programs := []Program{read}
	for range 10 {
		for range 4 {
			programs = append(programs, transfer(r.IntN(6), r.IntN(6), 1+r.IntN(9)))
		}
	}
	sessions, err := (&Stage{Rand: r.Rand, Scheme: s, Steps: 60000, Beside: 5}).Play(programs...)
	if err != nil {
		return nil, 0, err
	}
	for _, q := range sessions[1:] {
		waits += q.Waits
	}
	r.Say(s.Name(), sessions[0].Aborts, sessions[0].Waits, waits)
	return sessions[0], waits, nil
}

// transfer moves money from one account to another.
func transfer(from, to, amount int) Program {
	return func(q *Session) error {
		if from == to {
			return nil
		}
		a, err := q.Number(account(from))
		if err != nil {
			return err
		}
		b, err := q.Number(account(to))
		if err != nil {
			return err
		}
		if err := q.Put(account(from), strconv.Itoa(a-amount)); err != nil {
			return err
		}
		return q.Put(account(to), strconv.Itoa(b+amount))
	}
}
