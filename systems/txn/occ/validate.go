package occ

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Options are what a scheme is made with.
type Options struct {
	// Serial lets one transaction at a time validate and commit.
	Serial bool
	// Kept is how many write sets of others may be kept for those that run;
	// 0 means ten thousand.
	Kept int
}

// Optimistic is the scheme. It has one owner.
type Optimistic struct {
	store      scheme.Store
	options    Options
	number     uint64     // of commit phases that have ended
	running    []*Txn     // that have not validated, by their beginnings
	committing []*Txn     // whose commit phases go on
	ended      []finished // by their numbers, without gaps
	turn       *scheme.Ticket
	spent      spent
	stats      Stats
}

// finished is a commit phase that has ended.
type finished struct {
	id   scheme.ID
	keys []string
}

// Stats count what validation found.
type Stats struct {
	// Valid and Invalid count transactions. By condition B, and C, Missed counts
	// comparisons that let a transaction pass; A needs none.
	Valid, Invalid     int
	MissedB, MissedC   int
	NotCompared        int // valid ones that had nobody to be compared with: A
	TooOld, WaitedTurn int
}

// New returns the scheme over a store.
func New(store scheme.Store, o Options) *Optimistic {
	if o.Kept == 0 {
		o.Kept = 10_000
	}
	return &Optimistic{store: store, options: o}
}

// Name implements scheme.Scheme.
func (s *Optimistic) Name() string { return "occ" }

// Stats returns what was counted.
func (s *Optimistic) Stats() Stats { return s.stats }

// validate decides whether a transaction may commit, by the three conditions.
func (s *Optimistic) validate(t *Txn) *scheme.Abort {
	since := t.began
	oldest := s.number - uint64(len(s.ended))
	if since < oldest {
		s.stats.TooOld++
		return &scheme.Abort{Reason: "too many commits since it began"}
	}
	after := s.ended[since-oldest:] // A: not those before
	for _, n := range after {
		key, hit := t.reads.Common(n.keys)
		//parley:rule occ.validate.three-conditions force=false
		if hit {
			return &scheme.Abort{Reason: "validation", Other: n.id, Key: []byte(key)}
		}
		s.stats.MissedB++
	}
	for _, n := range s.committing {
		key, hit := t.overlap(n)
		//parley:rule occ.validate.three-conditions force=false
		if hit {
			return &scheme.Abort{Reason: "validation", Other: n.id, Key: []byte(key)}
		}
		s.stats.MissedC++
	}
	if len(after)+len(s.committing) == 0 {
		s.stats.NotCompared++
	}
	return nil
}

// overlap returns a key that another writes and this transaction touches, or that this
// one writes and the other has read and guards.
func (t *Txn) overlap(n *Txn) (key string, hit bool) {
	if i := slices.IndexFunc(n.keys, t.touches); i >= 0 {
		return n.keys[i], true
	}
	//parley:rule twophase.protocol.phases force=false
	if n.guarded {
		keys := t.copies.Keys(t.s.spent.lists.Take())
		key, hit = n.reads.Common(keys)
		t.s.spent.takeList(keys)
	}
	return key, hit
}

// leave takes a transaction out of those that run.
func (s *Optimistic) leave(t *Txn) {
	s.running = slices.DeleteFunc(s.running, func(r *Txn) bool { return r == t })
	s.forget()
}

// finish ends a transaction's commit phase.
func (s *Optimistic) finish(t *Txn) {
	s.committing = slices.DeleteFunc(s.committing, func(r *Txn) bool { return r == t })
	s.number++
	s.ended = append(s.ended, finished{t.id, t.keys})
	s.forget()
	if turn := s.turn; turn != nil {
		s.turn = nil
		turn.Fire()
	}
}

// forget drops the write sets that nobody needs, and the oldest of too many (V3).
func (s *Optimistic) forget() {
	needed := s.number
	if len(s.running) > 0 {
		needed = s.running[0].began
	}
	oldest := s.number - uint64(len(s.ended))
	drop := max(int(needed-min(needed, oldest)), len(s.ended)-s.options.Kept)
	if drop <= 0 {
		return
	}
	for _, f := range s.ended[:drop] {
		s.spent.takeList(f.keys)
	}
	if 2*drop < len(s.ended) {
		s.ended = s.ended[drop:]
		return
	}
	left := copy(s.ended, s.ended[drop:]) // and the space of the others is used again
	clear(s.ended[left:])
	s.ended = s.ended[:left]
}
