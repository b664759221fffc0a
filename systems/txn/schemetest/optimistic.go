package schemetest

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Optimistic asks whether validation keeps what it promises.
var Optimistic = experiment.Register(&experiment.Experiment{
	System: "occ", Name: "serializable", Hosts: "1",
	Question: `Do transactions that lock nothing and are checked at the end look as if one ran after the other? The
load is that of locking/serializable, over the storage engine or a store in memory, with serial or parallel
validation, and with power losses, after which nothing is left of those who had not committed. What those who
committed saw is judged to be strictly serializable, phantoms included, and nobody saw anything of those who did not.
All come to an end.`,
	Canon: []string{
		"occ.idea.check-at-commit", "occ.phases.modify-validate-commit", "occ.vs-2pl.strict-serializable",
	},
	Sometimes: []string{
		"aborted: validation", "over the engine", "over a store in memory", "compared with a commit phase that goes on",
		"waited for its turn", "crashed at work",
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: optimistic})
	},
})

func optimistic(r *ordertest.Run) error {
	var all []*occ.Optimistic
	options := occ.Options{Serial: r.Knobs.Chance("serial validation", 0.3)}
	err := drawLoad(r).isolated(r, isolation.StrictSerializable, func(store scheme.Store) scheme.Scheme {
		all = append(all, occ.New(store, options))
		return all[len(all)-1]
	})
	for _, s := range all {
		r.Marks.Sometimes("compared with a commit phase that goes on", s.Stats().MissedC > 0)
		r.Marks.Sometimes("waited for its turn", s.Stats().WaitedTurn > 0)
	}
	return err
}

// Pair asks who pays for a conflict with what.
var Pair = scheduletest.Question{
	System: "occ", Name: "pair",
	Text: `What does a conflict cost? Two transactions each read a number and write one more, in interleavings that the
seed draws. Under two-phase locking some wait, and some deadlock. Under optimistic control nobody waits, and some are
checked in vain and begin again. The number is two in the end under both.`,
	Canon: []string{"occ.vs-2pl.pessimistic-vs-optimistic", "occ.idea.check-at-commit"},
	Ask: func(r *scheduletest.Run) error {
		waited, cycles, invalid := 0, 0, 0
		for range 40 {
			store := memory.New()
			l := lock.NewTwoPhase(store, lock.Options{})
			if err := count(r, store, l); err != nil {
				return err
			}
			waited, cycles = waited+l.Stats().Waited, cycles+l.Stats().Cycles
			store = memory.New()
			o := occ.New(store, occ.Options{})
			if err := count(r, store, o); err != nil {
				return err
			}
			if o.Stats().WaitedTurn > 0 {
				return fmt.Errorf("under optimistic control somebody waited")
			}
			invalid += o.Stats().Invalid
		}
		r.Stats["waits"], r.Stats["deadlocks"], r.Stats["restarts"] = float64(waited), float64(cycles), float64(invalid)
		if waited == 0 || cycles == 0 || invalid == 0 {
			return fmt.Errorf("in 40 interleavings: %d waits and %d deadlocks with locks, %d restarts without", waited, cycles, invalid)
		}
		return nil
	},
}.Register()

// count lets two transactions each add one to a number.
func count(r *scheduletest.Run, store *memory.Store, s scheme.Scheme) error {
	increment := func(s *Session) error {
		v, err := s.Get("n")
		if err != nil {
			return err
		}
		return s.Put("n", v+"1")
	}
	if _, err := Interleave(r.Rand, s, 500, increment, increment); err != nil {
		return err
	}
	r.Say(s.Name(), store.All()["n"])
	if n := store.All()["n"]; n != "11" {
		return fmt.Errorf("%s: two have counted, and the number is %d", s.Name(), len(n))
	}
	return nil
}
