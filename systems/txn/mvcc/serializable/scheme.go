package serializable

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// number counts commits, from 1, in the order in which they are certified.
type number uint64

// Options are what a scheme is made with.
type Options struct {
	// Kept is how many transactions may be remembered that have committed; 0 means
	// ten thousand.
	Kept int
}

// Scheme is serializable snapshot isolation over a store. It has one owner.
type Scheme struct {
	snapshots *snapshot.Scheme
	options   Options
	clock     uint64 // of beginnings and ends
	commits   number
	logged    number // the newest state shows the commits up to here
	shown     number // and a reader's, of what is durable, those up to here
	pending   []*Txn // commits behind that, by their numbers
	running   []*Txn // that have a snapshot, the oldest first
	ended     []*Txn // that committed, and are remembered, by their ends
	writers   btree.Map[string, []*Txn]
	stats     Stats
}

// Stats count what was decided.
type Stats struct {
	snapshot.Stats
	// Pivots counts transactions that would have been a T2, Firsts those that would
	// have been a T1, Safe the readers with safe snapshots, TooOld those who were
	// aborted since too much would have had to be remembered.
	Pivots, Firsts, Safe, TooOld int
}

// New returns the scheme over a store.
func New(store scheme.Store, o Options) *Scheme {
	if o.Kept == 0 {
		o.Kept = 10_000
	}
	return &Scheme{snapshots: snapshot.New(store), options: o}
}

// Name implements scheme.Scheme.
func (s *Scheme) Name() string { return "ssi" }

// Unordered implements scheme.Unordered: a reader whose reads nobody remembers may see
// the read-only anomaly.
func (s *Scheme) Unordered() {}

// Stats returns what was counted.
func (s *Scheme) Stats() Stats {
	s.stats.Stats = s.snapshots.Stats()
	return s.stats
}

// Begin implements scheme.Scheme.
func (s *Scheme) Begin(o scheme.Options) scheme.Txn {
	t := &Txn{s: s, readOnly: o.ReadOnly}
	t.Txn = s.snapshots.Start(o, t)
	return t
}

// remember keeps a transaction that has committed.
func (s *Scheme) remember(t *Txn) {
	s.leave(t)
	s.ended = append(s.ended, t)
	for _, key := range t.keys {
		list, _ := s.writers.Get(key)
		s.writers.Set(key, append(list, t))
	}
	s.forget()
	for len(s.ended) > s.options.Kept && len(s.running) > 0 {
		oldest := s.running[0]
		oldest.doomed = &scheme.Abort{Reason: "too many commits since it began"}
		s.stats.TooOld++
		s.leave(oldest)
	}
}

// leave takes a transaction out of those that run.
func (s *Scheme) leave(t *Txn) {
	s.running = slices.DeleteFunc(s.running, func(r *Txn) bool { return r == t })
	s.forget()
}

// forget drops those who ran beside nobody that runs, or will (C3): their end was before
// all beginnings, and everybody's snapshot shows them.
func (s *Scheme) forget() {
	start, seen := s.clock+1, s.shown
	for _, t := range s.running {
		start, seen = min(start, t.start), min(seen, t.began)
	}
	n := 0
	for n < len(s.ended) && s.ended[n].end < start && s.ended[n].number <= seen {
		s.unlist(s.ended[n])
		n++
	}
	s.ended = s.ended[n:]
}

func (s *Scheme) unlist(t *Txn) {
	for _, key := range t.keys {
		list, _ := s.writers.Get(key)
		list = slices.DeleteFunc(list, func(w *Txn) bool { return w == t })
		if len(list) == 0 {
			s.writers.Delete(key)
		} else {
			s.writers.Set(key, list)
		}
	}
}

// settle moves shown on to the last commit before which all are durable.
func (s *Scheme) settle() {
	for len(s.pending) > 0 && s.pending[0].durable {
		s.shown = s.pending[0].number
		s.pending = s.pending[1:]
	}
	s.forget()
}

// Remembered returns how many are that have committed.
func (s *Scheme) Remembered() int { return len(s.ended) }
