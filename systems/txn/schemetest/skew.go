package schemetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/mvcc/serializable"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// WriteSkew asks what snapshot isolation costs.
var WriteSkew = scheduletest.Question{
	System: "snapshotisolation", Name: "write-skew",
	Text: `What does snapshot isolation let through? Two doctors are on call; each looks whether both are, and if so, signs
off. Under snapshot isolation some interleaving leaves nobody on call, and the graph of what the two saw has a
cycle of two missed reads. Under two-phase locking, optimistic control, timestamp ordering and
serializable snapshot isolation somebody stays in every interleaving.`,
	Canon: []string{"snapshotisolation.weaker.write-skew"},
	Ask: func(r *scheduletest.Run) error {
		skewed := 0
		for range 40 {
			for _, s := range careful() {
				if nobody, history, err := signOff(r, s); err != nil || nobody {
					return fmt.Errorf("%s: nobody is on call: %v: %v, error: %w", s(memory.New()).Name(), nobody, history, err)
				}
			}
			nobody, history, err := signOff(r, func(s scheme.Store) scheme.Scheme { return snapshot.New(s) })
			if err != nil {
				return err
			}
			if !nobody {
				continue
			}
			skewed++
			if err := showsSkew(history); err != nil {
				return err
			}
		}
		r.Stats["write skew"] = float64(skewed)
		if skewed == 0 {
			return errors.New("40 interleavings under snapshot isolation showed no write skew")
		}
		return nil
	},
}.Register()

// careful returns the serializable schemes.
func careful() []func(scheme.Store) scheme.Scheme {
	return []func(scheme.Store) scheme.Scheme{
		func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{}) },
		func(s scheme.Store) scheme.Scheme { return occ.New(s, occ.Options{}) },
		func(s scheme.Store) scheme.Scheme { return mvcc.New(s, mvcc.Options{}) },
		func(s scheme.Store) scheme.Scheme { return serializable.New(s, serializable.Options{}) },
	}
}

// showsSkew asks the judge, who knows nothing of doctors.
func showsSkew(h isolation.History) error {
	found, err := isolation.Anomalies(h, isolation.Options{})
	if err != nil {
		return err
	}
	for _, a := range found {
		if a.Name == isolation.G2Item {
			if j := isolation.Judge(h, isolation.SnapshotIsolation, isolation.Options{}); j.Verdict != check.OK {
				return fmt.Errorf("nobody is on call, but by more than write skew: %s", j.Why)
			}
			return nil
		}
	}
	return fmt.Errorf("nobody is on call, and the graph of %v shows only %v", h, found)
}

// signOff lets two doctors sign off, and tells whether both have, with what they saw.
func signOff(r *scheduletest.Run, under func(scheme.Store) scheme.Scheme) (nobody bool, h isolation.History, err error) {
	store := memory.New()
	store.Load("alice", "on")
	store.Load("bob", "on")
	s := under(store)
	doctors := []string{"alice", "bob"}
	// The initial values are a transaction's, so that the judge knows them.
	h = isolation.History{{Process: 9, Outcome: workload.OK, Return: 1, Accesses: []isolation.Access{
		{Verb: workload.Write, Key: "alice", Value: "on"}, {Verb: workload.Write, Key: "bob", Value: "on"},
	}}, {}, {}}
	programs := make([]Program, 2)
	for i, me := range doctors {
		programs[i] = func(q *Session) error {
			h[i+1] = isolation.Txn{Process: i, Call: 2, Return: 3 * time.Second, Outcome: workload.OK}
			both := true
			for _, who := range doctors {
				v, err := q.Get(who)
				if err != nil {
					return err
				}
				both = both && v == "on"
				h[i+1].Accesses = append(h[i+1].Accesses, isolation.Access{Verb: workload.Read, Key: who, Value: v})
			}
			if !both {
				return nil
			}
			h[i+1].Accesses = append(h[i+1].Accesses, isolation.Access{Verb: workload.Write, Key: me, Value: "off since " + me})
			return q.Put(me, "off since "+me)
		}
	}
	_, err = (&Stage{Rand: r.Rand, Scheme: s}).Play(programs...)
	left := store.All()
	r.Say(s.Name(), left)
	return left["alice"] != "on" && left["bob"] != "on", h, err
}
