package experiment

import (
	"fmt"
	"slices"
	"strings"
)

// registered holds all experiments of the binary in the order of their IDs. It
// is written by package initialisation only.
var registered []*Experiment

// Register makes an experiment known; packages call it when they are
// initialised. A name taken twice, or an experiment without a question, a
// system or a run, is a bug and panics.
func Register(e *Experiment) *Experiment {
	if e.System == "" || e.Name == "" || strings.TrimSpace(e.Question) == "" || e.Run == nil {
		panic(fmt.Sprintf("experiment %q is incomplete", e.ID()))
	}
	i, taken := slices.BinarySearchFunc(registered, e.ID(), func(e *Experiment, id string) int {
		return strings.Compare(e.ID(), id)
	})
	if taken {
		panic(fmt.Sprintf("experiment %q is registered twice", e.ID()))
	}
	registered = slices.Insert(registered, i, e)
	return e
}

// All returns the registered experiments, sorted by ID.
func All() []*Experiment { return slices.Clone(registered) }

// Select returns the experiments that a person means by "raft" (all of the
// system) or "raft/linearizable" (that one).
func Select(name string) ([]*Experiment, error) {
	var found []*Experiment
	for _, e := range registered {
		if e.System == name || e.ID() == name {
			found = append(found, e)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no system or experiment is called %q; there are %s", name, strings.Join(systems(), ", "))
	}
	return found, nil
}

func systems() []string {
	var names []string
	for _, e := range registered {
		if len(names) == 0 || names[len(names)-1] != e.System {
			names = append(names, e.System)
		}
	}
	if names == nil {
		return []string{"none"}
	}
	return names
}
