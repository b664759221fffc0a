package schemetest

import (
	"fmt"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Phantom asks whether locks on entries protect what a predicate selects.
var Phantom = scheduletest.Question{
	System: "locking", Name: "phantom",
	Text: `Do locks on the entries that a scan found protect the scan? One transaction looks who works in department
CS, and then gives those who do ten per cent; another employs Carol there. With locks on entries only,
some interleaving counts her out and pays her, as no serial order would. With locks on the ranges that scans have
passed no interleaving does: she is counted and paid, or neither.`,
	Canon:     []string{"locking.phantom.predicate-reads"},
	Sometimes: []string{"Carol came before", "Carol came after", "somebody was aborted"},
	Ask: func(r *scheduletest.Run) error {
		phantoms := 0
		for range 60 {
			if odd, err := hire(r, lock.Options{}); odd || err != nil {
				return fmt.Errorf("with locks on ranges: Carol was paid, and not counted: %v; error: %v", odd, err)
			}
			odd, err := hire(r, lock.Options{Phantoms: true})
			if err != nil {
				return err
			}
			if odd {
				phantoms++
			}
		}
		r.Say(phantoms)
		r.Stats["phantoms"] = float64(phantoms)
		if phantoms == 0 {
			return fmt.Errorf("60 interleavings with locks on entries showed no phantom")
		}
		return nil
	},
}.Register()

// hire runs the two transactions, and tells whether the outcome is that of neither
// serial order.
func hire(r *scheduletest.Run, o lock.Options) (odd bool, err error) {
	store := memory.New()
	for _, name := range []string{"CS/alice", "CS/bob", "EE/dan"} {
		store.Load(name, "100")
	}
	department := scheme.Range{From: []byte("CS/"), To: []byte("CS0"), Reverse: r.IntN(2) == 0}
	counted := false
	raise := func(s *Session) error {
		counted = false
		err := s.Scan(department, func(key, _ string) error {
			counted = counted || key == "CS/carol"
			return nil
		})
		if err != nil {
			return err
		}
		return s.Scan(department, func(key, value string) error {
			salary, err := strconv.Atoi(value)
			if err != nil {
				return err
			}
			return s.Put(key, fmt.Sprint(salary*11/10))
		})
	}
	employ := func(s *Session) error { return s.Put("CS/carol", "100") }
	o.Policy = lock.Policies()[r.IntN(3)]
	sessions, err := Interleave(r.Rand, lock.NewTwoPhase(store, o), 2000, raise, employ)
	if err != nil {
		return false, err
	}
	paid := store.All()["CS/carol"] == "110"
	if !o.Phantoms {
		r.Marks.Sometimes("Carol came before", counted && paid)
		r.Marks.Sometimes("Carol came after", !counted && !paid)
		r.Marks.Sometimes("somebody was aborted", sessions[0].Aborts+sessions[1].Aborts > 0)
	}
	r.Say(o, counted, paid)
	return counted != paid, nil
}
