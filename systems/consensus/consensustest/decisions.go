package consensustest

import (
	"fmt"
	"slices"
)

// Decisions judges agreement and validity over everything that was ever
// proposed and decided in a run.
type Decisions[V comparable] struct {
	proposed []V
	by       []string // who has decided, in order
	first    V
	err      error
}

// Propose notes what somebody puts forward.
func (d *Decisions[V]) Propose(v V) { d.proposed = append(d.proposed, v) }

// Decide notes a decision. The same one may be noted many times.
func (d *Decisions[V]) Decide(who string, v V) {
	switch {
	case d.err != nil:
	case len(d.by) > 0 && v != d.first:
		d.err = NewBroken(fmt.Errorf("agreement: %s decides %v, and %s decided %v before", who, v, d.by[0], d.first))
	case !slices.Contains(d.proposed, v):
		d.err = NewBroken(fmt.Errorf("validity: %s decides %v, which nobody proposed; proposed were %v", who, v, d.proposed))
	case !slices.Contains(d.by, who):
		d.by, d.first = append(d.by, who), v
	}
}

// Err returns the first violation, or nil.
func (d *Decisions[V]) Err() error { return d.err }

// Decided returns who has decided, and what.
func (d *Decisions[V]) Decided() (by []string, v V) { return d.by, d.first }

// All returns an error that names who of the given has not decided.
func (d *Decisions[V]) All(who []string) error {
	if d.err != nil {
		return d.err
	}
	for _, w := range who {
		if !slices.Contains(d.by, w) {
			return fmt.Errorf("%s has not decided; decided have %v", w, d.by)
		}
	}
	return nil
}
