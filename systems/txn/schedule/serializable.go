package schedule

import (
	"errors"
	"fmt"
	"maps"
)

// ErrUndecided is returned when the search for a serial order was given up:
// deciding view and final-state serializability is NP-complete.
var ErrUndecided = errors.New("schedule: too many serial orders to try")

// tries bounds a search: the operations that it runs, over all orders.
const tries = 500_000

// ViewSerializable returns a serial order that is view equivalent, nil if there
// is none, or ErrUndecided.
func (s Schedule) ViewSerializable() ([]Txn, error) {
	if order, _ := s.ConflictSerializable(); order != nil {
		return order, nil
	}
	want := s.View()
	search := newSerialSearch(s)
	search.prune = func(prefix Schedule, last Txn) bool { return readsAgree(prefix.View(), want, last) }
	search.accept = func(serial Schedule) bool { return maps.Equal(serial.View().Final, want.Final) }
	return search.run()
}

// readsAgree tells whether the reads of a transaction read what they should.
func readsAgree(have, want View, t Txn) bool {
	for at, source := range have.Reads {
		if at.Txn == t && want.Reads[at] != source {
			return false
		}
	}
	return true
}

// FinalStateSerializable returns a serial order that leaves the same state
// under all interpretations, nil if there is none, or ErrUndecided.
func (s Schedule) FinalStateSerializable() ([]Txn, error) {
	if order, _ := s.ConflictSerializable(); order != nil {
		return order, nil
	}
	u := newUniverse()
	want := u.run(s.Surviving())
	search := newSerialSearch(s)
	search.accept = func(serial Schedule) bool { return maps.Equal(u.run(serial), want) }
	return search.run()
}

// serialSearch tries serial orders depth first.
type serialSearch struct {
	s      Schedule
	txns   []Txn
	prune  func(prefix Schedule, last Txn) bool // false: no order begins so
	accept func(serial Schedule) bool
	placed map[Txn]bool
	left   int
}

func newSerialSearch(s Schedule) *serialSearch {
	s = s.Surviving()
	return &serialSearch{
		s: s, txns: s.Txns(), placed: map[Txn]bool{}, left: tries,
		prune: func(Schedule, Txn) bool { return true },
	}
}

func (f *serialSearch) run() ([]Txn, error) {
	order := f.extend(nil, nil)
	if order == nil && f.left <= 0 {
		return nil, fmt.Errorf("%w: %d transactions", ErrUndecided, len(f.txns))
	}
	return order, nil
}

// extend returns the first accepted order that begins with the given one.
func (f *serialSearch) extend(order []Txn, prefix Schedule) []Txn {
	if len(order) == len(f.txns) {
		f.left -= len(prefix)
		if f.accept(prefix) {
			return order
		}
		return nil
	}
	for _, t := range f.txns {
		if f.left -= len(prefix); f.left <= 0 {
			return nil
		}
		longer := append(prefix[:len(prefix):len(prefix)], f.s.Of(t)...)
		if f.placed[t] || !f.prune(longer, t) {
			continue
		}
		f.placed[t] = true
		found := f.extend(append(order[:len(order):len(order)], t), longer)
		f.placed[t] = false
		if found != nil {
			return found
		}
	}
	return nil
}
