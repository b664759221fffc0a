// Package schemes lists the schemes of concurrency control by the names that users
// select them by.
//
//	serial           one writer after the other         serializable
//	2pl              strict two-phase locking           serializable
//	2pl-wound-wait   the same, by other rules           serializable
//	2pl-wait-die     against deadlock
//	2pl-no-wait
//	occ              optimistic, parallel validation    serializable
//	occ-serial       optimistic, serial validation      serializable
//	mvto             multi-version timestamp ordering   serializable
//	si               snapshot isolation                 write skew is possible
//	ssi              serializable snapshot isolation    serializable
//
// All of them are strictly so: transactions are ordered as they ran. What each admits,
// anomaly by anomaly, is in docs/isolation.md.
package schemes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/mvcc/serializable"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Choice is a scheme that can be selected.
type Choice struct {
	Name string
	// Serializable is false if it promises no more than snapshot isolation.
	Serializable bool
	// About says in a few words what it is.
	About string
	// New returns the scheme over a store.
	New func(scheme.Store) scheme.Scheme
}

// All returns the choices, the simplest first.
func All() []Choice {
	return []Choice{
		{"serial", true, "one writer after the other", func(s scheme.Store) scheme.Scheme { return engine.NewSerial(s) }},
		locking("2pl", "strict two-phase locking, deadlocks detected", lock.Detect),
		locking("2pl-wound-wait", "strict two-phase locking, the older wounds the younger", lock.WoundWait),
		locking("2pl-wait-die", "strict two-phase locking, only the older waits", lock.WaitDie),
		locking("2pl-no-wait", "strict two-phase locking, nobody waits", lock.NoWait),
		optimistic("occ", "optimistic, parallel validation", occ.Options{}),
		optimistic("occ-serial", "optimistic, serial validation", occ.Options{Serial: true}),
		{"mvto", true, "multi-version timestamp ordering", func(s scheme.Store) scheme.Scheme { return mvcc.New(s, mvcc.Options{}) }},
		{"si", false, "snapshot isolation, the first committer wins", func(s scheme.Store) scheme.Scheme { return snapshot.New(s) }},
		{"ssi", true, "serializable snapshot isolation", func(s scheme.Store) scheme.Scheme { return serializable.New(s, serializable.Options{}) }},
	}
}

func locking(name, about string, p lock.Policy) Choice {
	return Choice{name, true, about, func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Policy: p}) }}
}

func optimistic(name, about string, o occ.Options) Choice {
	return Choice{name, true, about, func(s scheme.Store) scheme.Scheme { return occ.New(s, o) }}
}

// Find returns the choice of a name. The error lists the names that there are.
func Find(name string) (Choice, error) {
	all := All()
	i := slices.IndexFunc(all, func(c Choice) bool { return c.Name == name })
	if i < 0 {
		var names []string
		for _, c := range all {
			names = append(names, c.Name)
		}
		return Choice{}, fmt.Errorf("there is no scheme %q; those there are: %s", name, strings.Join(names, ", "))
	}
	return all[i], nil
}
