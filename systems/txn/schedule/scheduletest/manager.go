package scheduletest

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

// manager is a lock manager that tries everything: between two operations of a
// schedule any transaction may take, upgrade or release any lock that the
// two-phase rule and the others' locks allow. It asks whether all operations can
// then run in their order.
type manager struct {
	s       schedule.Schedule
	locking schedule.Locking
	txns    []schedule.Txn
	items   []string
	dead    map[situation]bool // from these the end cannot be reached
}

// situation is how far a schedule has come, with the locks held and the
// transactions that have released one. Locks are held by transaction and item,
// both by their positions.
type situation struct {
	next      int
	held      [4][4]mode
	shrinking [4]bool
}

type mode uint8

const (
	free mode = iota
	shared
	exclusive
)

// producible tells whether a two-phase lock manager can produce the schedule, of
// up to four transactions and items.
func producible(s schedule.Schedule, l schedule.Locking) bool {
	m := &manager{s: s, locking: l, txns: s.Txns(), items: s.Items(), dead: map[situation]bool{}}
	return m.explore(situation{})
}

func (m *manager) explore(at situation) bool {
	if at.next == len(m.s) {
		return true
	}
	if m.dead[at] {
		return false
	}
	m.dead[at] = true
	if to, ok := m.step(at); ok && m.explore(to) {
		return true
	}
	for t, txn := range m.txns {
		for item, name := range m.items {
			if !m.uses(txn, name) {
				continue // a lock that is of no use only gets in others' way
			}
			if slices.ContainsFunc(m.moves(at, t, item), m.explore) {
				return true
			}
		}
	}
	return false
}

func (m *manager) uses(t schedule.Txn, item string) bool {
	return slices.ContainsFunc(m.s, func(o schedule.Op) bool { return o.Txn == t && o.Item == item })
}

// step runs the next operation, if it has its lock; at its end a transaction
// releases all.
func (m *manager) step(at situation) (situation, bool) {
	o := m.s[at.next]
	t, item := slices.Index(m.txns, o.Txn), slices.Index(m.items, o.Item)
	at.next++
	switch {
	case o.Ends():
		at.held[t], at.shrinking[t] = [4]mode{}, true
		return at, true
	case o.Kind == schedule.Read:
		return at, at.held[t][item] != free
	}
	return at, at.held[t][item] == exclusive
}

// moves returns what may be done about one lock.
func (m *manager) moves(at situation, t, item int) (to []situation) {
	have := at.held[t][item]
	if have != free && (m.locking == schedule.Plain || m.locking == schedule.StrictLocks && have == shared) {
		released := at
		released.held[t][item], released.shrinking[t] = free, true
		to = append(to, released)
	}
	for want := have + 1; want <= exclusive && !at.shrinking[t]; want++ {
		if !refused(at, t, item, want) {
			taken := at
			taken.held[t][item] = want
			to = append(to, taken)
		}
	}
	return to
}

func refused(at situation, t, item int, want mode) bool {
	for other := range at.held {
		if have := at.held[other][item]; other != t && have != free && (have == exclusive || want == exclusive) {
			return true
		}
	}
	return false
}
