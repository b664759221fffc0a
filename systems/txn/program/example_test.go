package program_test

import (
	"fmt"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// A transfer under two-phase locking, over a store in memory. Whoever is alone never waits.
func Example() {
	store := memory.New()
	store.Load("alice", "100")
	store.Load("bob", "20")
	transfer := program.Program{Name: "transfer", Run: func(tx program.Tx) error {
		for _, entry := range []struct {
			who    string
			amount int
		}{{"alice", -30}, {"bob", 30}} {
			value, _, err := program.GetForUpdate(tx, []byte(entry.who))
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(string(value))
			if err != nil {
				return err
			}
			if err := tx.Put([]byte(entry.who), []byte(strconv.Itoa(n+entry.amount))); err != nil {
				return err
			}
		}
		return nil
	}}
	outcome, err := program.Do(lock.NewTwoPhase(store, lock.Options{}), transfer, func(*scheme.Ticket) error {
		return fmt.Errorf("somebody waits")
	})
	fmt.Println(outcome.Committed, err, store.All())
	// Output: true <nil> map[alice:70 bob:50]
}

// A program may decide to have done nothing.
func ExampleErrGivenUp() {
	store := memory.New()
	outcome, err := program.Do(lock.NewTwoPhase(store, lock.Options{}), program.Program{Run: func(tx program.Tx) error {
		if err := tx.Put([]byte("k"), []byte("v")); err != nil {
			return err
		}
		return program.ErrGivenUp
	}}, nil)
	fmt.Println(outcome.Committed, err, len(store.All()))
	// Output: false <nil> 0
}
