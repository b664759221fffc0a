package isolationtest

import (
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
)

// Order says which order of transactions an execution must keep, besides.
type Order uint8

// The orders.
const (
	Any Order = iota
	ByProcess
	ByTime
)

// must tells whether t has to come before u.
func (o Order) must(t, u *isolation.Txn) bool {
	return t.Outcome == workload.OK && t.Return < u.Call && (o == ByTime || o == ByProcess && t.Process == u.Process)
}

// state is the value of each key; lists are joined with commas.
type state map[string]string

// run executes a transaction on what it sees and returns what it changes. ok
// tells whether its reads, if anybody saw them, are right.
func run(t *isolation.Txn, sees state) (changes state, ok bool) {
	changes = state{}
	value := func(key string) string {
		if v, own := changes[key]; own {
			return v
		}
		return sees[key]
	}
	for _, a := range t.Accesses {
		switch a.Verb {
		case workload.Write:
			changes[a.Key] = a.Value
		case workload.Append:
			changes[a.Key] = strings.TrimPrefix(value(a.Key)+","+a.Value, ",")
		default:
			want := a.Value
			if a.List != nil {
				want = strings.Join(a.List, ",")
			}
			if t.Outcome == workload.OK && value(a.Key) != want {
				return nil, false
			}
		}
	}
	return changes, true
}

// Serializable tells whether some serial execution of all acknowledged
// transactions, and any of the unknown ones, explains the history.
func Serializable(h isolation.History, o Order) bool {
	return choices(h, func(txns []*isolation.Txn) bool { return extend(txns, state{}, o) })
}

// choices calls f with the acknowledged transactions and each subset of the
// unknown ones.
func choices(h isolation.History, f func([]*isolation.Txn) bool) bool {
	var choose func(i int, chosen []*isolation.Txn) bool
	choose = func(i int, chosen []*isolation.Txn) bool {
		if i == len(h) {
			return f(chosen)
		}
		with := append(chosen[:len(chosen):len(chosen)], &h[i])
		switch h[i].Outcome {
		case workload.OK:
			return choose(i+1, with)
		case workload.Failed:
			return choose(i+1, chosen)
		}
		return choose(i+1, chosen) || choose(i+1, with)
	}
	return choose(0, nil)
}

func extend(rest []*isolation.Txn, db state, o Order) bool {
	if len(rest) == 0 {
		return true
	}
	for i, t := range rest {
		if slices.ContainsFunc(rest, func(u *isolation.Txn) bool { return u != t && o.must(u, t) }) {
			continue
		}
		changes, ok := run(t, db)
		if ok && extend(slices.Delete(slices.Clone(rest), i, i+1), db.with(changes), o) {
			return true
		}
	}
	return false
}

func (db state) with(changes state) state {
	next := state{}
	for k, v := range db {
		next[k] = v
	}
	for k, v := range changes {
		next[k] = v
	}
	return next
}

// Snapshot tells whether some execution under snapshot isolation explains the
// history: each transaction has a start, at which it takes its snapshot, and a
// later commit, and between the two nobody else commits a write to what it
// writes. With an Order, what must come before has committed before the start.
func Snapshot(h isolation.History, o Order) bool {
	return choices(h, func(txns []*isolation.Txn) bool {
		return (&snapshots{o: o, waiting: txns}).extend(state{})
	})
}

type snapshots struct {
	o       Order
	waiting []*isolation.Txn
	running []running
}

type running struct {
	t       *isolation.Txn
	changes state
	stale   bool // somebody has committed a write to what it writes
}

func (s *snapshots) extend(db state) bool {
	if len(s.waiting)+len(s.running) == 0 {
		return true
	}
	for i, t := range s.waiting {
		blocks := func(u *isolation.Txn) bool { return u != t && s.o.must(u, t) }
		if slices.ContainsFunc(s.waiting, blocks) || slices.ContainsFunc(s.running, func(r running) bool { return blocks(r.t) }) {
			continue
		}
		changes, ok := run(t, db)
		if !ok {
			continue
		}
		next := &snapshots{s.o, slices.Delete(slices.Clone(s.waiting), i, i+1), append(slices.Clone(s.running), running{t, changes, false})}
		if next.extend(db) {
			return true
		}
	}
	for i, r := range s.running {
		if !r.stale && s.commit(i).extend(db.with(r.changes)) {
			return true
		}
	}
	return false
}

func (s *snapshots) commit(i int) *snapshots {
	next := &snapshots{s.o, s.waiting, slices.Delete(slices.Clone(s.running), i, i+1)}
	for k := range next.running {
		for key := range s.running[i].changes {
			if _, meets := next.running[k].changes[key]; meets {
				next.running[k].stale = true
			}
		}
	}
	return next
}
