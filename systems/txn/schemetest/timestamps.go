package schemetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/schedule"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Timestamps asks what the rules of timestamp ordering let through.
var Timestamps = scheduletest.Question{
	System: "mvcc", Name: "rules",
	Text: `What do the rules of timestamp ordering let through? Three or four small transactions read three items, or write
them without looking, in interleavings that the seed draws, over a store that lets others go on in the middle of a
commit. After every operation the versions of each item are in the order of their WriteTS, which are unique, and no
ReadTS is below its WriteTS, or lower than it was, as long as anybody runs whom it concerns. What those who committed have read, and what is left, is what
they give one after the other in the order of their timestamps. Nobody is aborted but for a write that comes too late.`,
	Canon: []string{"mvcc.timestamps.read-and-write-ts", "mvcc.read.rule", "mvcc.write.rule"},
	Sometimes: []string{
		"a write came too late", "a read waited for a pending version", "a version was committed behind a newer one",
		"a version between two others", "an old version was read",
	},
	Ask: func(r *scheduletest.Run) error {
		for range 40 {
			if err := newTimekeeper(r).run(); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// timekeeper watches versions.
type timekeeper struct {
	*scheduletest.Run
	store  *memory.Store
	scheme *mvcc.Scheme
	txns   []schedule.Schedule
	reads  []seen
	stamps []mvcc.Timestamp
	marks  map[string]map[mvcc.Timestamp]mvcc.Timestamp // ReadTS by item and WriteTS
}

func newTimekeeper(r *scheduletest.Run) *timekeeper {
	k := &timekeeper{Run: r, store: stalling(r, 3), marks: map[string]map[mvcc.Timestamp]mvcc.Timestamp{}}
	k.scheme = mvcc.New(k.store, mvcc.Options{})
	k.txns = r.Transactions(3+r.IntN(2), 4, false)
	k.reads, k.stamps = make([]seen, len(k.txns)), make([]mvcc.Timestamp, len(k.txns))
	return k
}

// stalling returns a store that lets one change in so many wait for nothing in
// particular, so that others may come in between.
func stalling(r *scheduletest.Run, one int) *memory.Store {
	store := memory.New()
	store.Stall = func() *scheme.Ticket {
		if r.IntN(one) > 0 {
			return nil
		}
		t := new(scheme.Ticket)
		t.Fire()
		return t
	}
	return store
}

func (k *timekeeper) run() error {
	programs := make([]Program, len(k.txns))
	for i, ops := range k.txns {
		programs[i] = func(s *Session) error { return k.program(s, i, ops) }
	}
	sessions, err := (&Stage{Rand: k.Rand, Scheme: k.scheme}).Play(programs...)
	if err != nil {
		return err
	}
	aborts, stats := 0, k.scheme.Stats()
	for _, s := range sessions {
		aborts += s.Aborts
	}
	k.Say(k.txns, k.reads, k.stamps, k.store.All())
	if aborts != stats.TooLate {
		return fmt.Errorf("%v: %d were aborted, and %d writes came too late", k.txns, aborts, stats.TooLate)
	}
	k.Marks.Sometimes("a write came too late", stats.TooLate > 0)
	k.Marks.Sometimes("a read waited for a pending version", stats.Waited > 0)
	k.Marks.Sometimes("a version was committed behind a newer one", stats.Overtaken > 0)
	return k.serial()
}

// program runs a transaction, and looks at all versions after each of its operations.
func (k *timekeeper) program(s *Session, i int, ops schedule.Schedule) error {
	k.reads[i], k.stamps[i] = nil, s.Txn.(*mvcc.Txn).Timestamp()
	for _, op := range ops {
		if err := perform(s, op, &k.reads[i]); err != nil {
			return err
		}
		for _, item := range []string{"x", "y", "z"} {
			if err := k.look(item, k.scheme.Versions(item), k.stamps[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// look checks the invariants of an item's versions.
func (k *timekeeper) look(item string, versions []mvcc.Version, now mvcc.Timestamp) error {
	before := k.marks[item]
	k.marks[item] = map[mvcc.Timestamp]mvcc.Timestamp{}
	for i, v := range versions {
		k.marks[item][v.WriteTS] = v.ReadTS
		switch {
		case v.ReadTS < v.WriteTS:
			return fmt.Errorf("%s: a version of %d was last read at %d", item, v.WriteTS, v.ReadTS)
		case v.ReadTS < before[v.WriteTS] && before[v.WriteTS] >= k.scheme.Horizon():
			return fmt.Errorf("%s: ReadTS of the version of %d fell from %d to %d", item, v.WriteTS, before[v.WriteTS], v.ReadTS)
		case i > 0 && versions[i-1].WriteTS >= v.WriteTS:
			return fmt.Errorf("%s: a version of %d stands before one of %d", item, versions[i-1].WriteTS, v.WriteTS)
		case i > 0 && versions[i-1].ReadTS > v.WriteTS:
			return fmt.Errorf("%s: a version of %d stands between another and its reader at %d", item, v.WriteTS, versions[i-1].ReadTS)
		}
		_, known := before[v.WriteTS]
		k.Marks.Sometimes("a version between two others", !known && i > 0 && i+1 < len(versions))
		k.Marks.Sometimes("an old version was read", known && v.ReadTS == now && v.ReadTS > before[v.WriteTS] && i+1 < len(versions))
	}
	return nil
}

// serial compares what happened with the order of timestamps.
func (k *timekeeper) serial() error {
	order := make([]int, len(k.txns))
	for i := range order {
		order[i] = i
	}
	//parley:noties timestamps are unique, or it is found out
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(k.stamps[i], k.stamps[j]) })
	state := map[string]string{}
	for at, i := range order {
		if at > 0 && k.stamps[i] == k.stamps[order[at-1]] {
			return fmt.Errorf("%v: two transactions have timestamp %d", k.txns, k.stamps[i])
		}
		if want := serially(k.txns[i], state); !slices.Equal(want, k.reads[i]) {
			return fmt.Errorf("%v with timestamps %v: transaction %d read %q, and by the order of timestamps %q",
				k.txns, k.stamps, i+1, k.reads[i], want)
		}
	}
	if left := k.store.All(); !maps.Equal(left, state) {
		return fmt.Errorf("%v with timestamps %v left %v, and by the order of timestamps %v", k.txns, k.stamps, left, state)
	}
	return nil
}

// serially runs a transaction alone, and returns what it reads.
func serially(ops schedule.Schedule, state map[string]string) (reads seen) {
	for _, op := range ops {
		if op.Kind == schedule.Write {
			state[op.Item] = fmt.Sprint(op.Txn)
		} else {
			reads = append(reads, state[op.Item])
		}
	}
	return reads
}
