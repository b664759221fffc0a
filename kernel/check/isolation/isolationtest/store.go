package isolationtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
)

// Scheme is how the toy store isolates.
type Scheme uint8

// The schemes.
const (
	Serial    Scheme = iota // one transaction at a time
	SnapshotI               // snapshots, first committer wins
	Forgetful               // snapshots, and nobody looks for conflicts
	Committed               // each read sees what is committed at its time
	Dirty                   // reads and writes in place
	schemes
)

// Store makes histories.
type Store struct {
	*rand.Rand
	Scheme    Scheme
	Lists     bool // appends; otherwise writes
	Keys      int
	Processes int
	// Most is how many accesses a transaction has at most.
	Most int

	db      map[string][]string // the versions of each key; a list is all of them
	since   map[string][]time.Duration
	clock   time.Duration
	written int
	h       isolation.History
	open    []*progress
}

// progress is a transaction in progress.
type progress struct {
	id       int
	left     int
	snapshot time.Duration
	own      map[string][]string
}

// Run makes a history of n transactions, and returns the order of versions.
func (s *Store) Run(n int) (isolation.History, map[string][]string) {
	s.db, s.since = map[string][]string{}, map[string][]time.Duration{}
	for len(s.h) < n || len(s.open) > 0 {
		s.clock++
		concurrent := s.Processes
		if s.Scheme == Serial {
			concurrent = 1
		}
		if len(s.h) < n && len(s.open) < concurrent && (len(s.open) == 0 || s.IntN(3) == 0) {
			s.begin()
			continue
		}
		i := s.IntN(len(s.open))
		if r := s.open[i]; r.left > 0 {
			s.access(r)
		} else {
			s.end(r)
			s.open = slices.Delete(s.open, i, i+1)
		}
	}
	return s.h, s.db
}

func (s *Store) begin() {
	r := &progress{id: len(s.h), left: 1 + s.IntN(s.Most), snapshot: s.clock, own: map[string][]string{}}
	s.open = append(s.open, r)
	s.h = append(s.h, isolation.Txn{Process: s.process(), Call: s.clock})
}

// process returns one without an open transaction.
func (s *Store) process() int {
	busy := map[int]bool{}
	for _, r := range s.open {
		if r.id < len(s.h) {
			busy[s.h[r.id].Process] = true
		}
	}
	p := s.IntN(s.Processes)
	for busy[p] {
		p = (p + 1) % s.Processes
	}
	return p
}

func (s *Store) access(r *progress) {
	r.left--
	a := isolation.Access{Verb: workload.Read, Key: fmt.Sprint("k", s.IntN(s.Keys))}
	if s.IntN(2) == 0 {
		s.written++
		a.Verb, a.Value = workload.Write, fmt.Sprint(s.written)
		if s.Lists {
			a.Verb = workload.Append
		}
		if s.Scheme == Dirty {
			s.install(a.Key, a.Value)
		} else {
			r.own[a.Key] = append(r.own[a.Key], a.Value)
		}
	} else {
		s.read(r, &a)
	}
	s.h[r.id].Accesses = append(s.h[r.id].Accesses, a)
}

func (s *Store) read(r *progress, a *isolation.Access) {
	versions := s.db[a.Key]
	if s.Scheme == SnapshotI || s.Scheme == Forgetful {
		versions = versions[:s.seen(r, a.Key)]
	}
	versions = append(slices.Clone(versions), r.own[a.Key]...)
	if s.Lists {
		a.List = append([]string{}, versions...)
	} else if len(versions) > 0 {
		a.Value = versions[len(versions)-1]
	}
}

// end commits or aborts.
func (s *Store) end(r *progress) {
	t := &s.h[r.id]
	t.Outcome, t.Return = workload.OK, s.clock
	lost := s.IntN(12) == 0
	switch {
	case s.Scheme == SnapshotI && s.conflicts(r), s.Scheme != Dirty && s.IntN(12) == 0:
		t.Outcome = workload.Failed
		return
	case lost:
		t.Outcome, t.Return = workload.Unknown, workload.Never
		if s.Scheme != Dirty && s.IntN(2) == 0 {
			return // and it did not happen
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.own)) {
		values := r.own[key]
		if !s.Lists {
			values = values[len(values)-1:]
		}
		s.install(key, values...)
	}
}

func (s *Store) install(key string, values ...string) {
	for _, value := range values {
		s.db[key], s.since[key] = append(s.db[key], value), append(s.since[key], s.clock)
	}
}

// seen returns how many versions of a key a transaction's snapshot has.
func (s *Store) seen(r *progress, key string) int {
	return sort.Search(len(s.since[key]), func(i int) bool { return s.since[key][i] > r.snapshot })
}

func (s *Store) conflicts(r *progress) bool {
	for key := range r.own {
		if len(s.db[key]) != s.seen(r, key) {
			return true
		}
	}
	return false
}

// Damage changes something that somebody saw.
func Damage(r *rand.Rand, h isolation.History) {
	t := &h[r.IntN(len(h))]
	switch r.IntN(5) {
	case 0:
		t.Outcome = []workload.Outcome{workload.OK, workload.Failed}[r.IntN(2)]
		t.Return = min(t.Return, t.Call+100)
	case 1: // answered before others, who saw nothing of it, began
		t.Return = t.Call
	default:
		a := &t.Accesses[r.IntN(len(t.Accesses))]
		if a.Verb != workload.Read {
			return
		}
		if n := len(a.List); n > 0 {
			a.List = a.List[:r.IntN(n)]
		} else if a.Value != "" {
			var n int
			fmt.Sscan(a.Value, &n)
			a.Value = strings.TrimPrefix(fmt.Sprint(1+r.IntN(n)), "0")
		}
	}
}
