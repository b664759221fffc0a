package schedule

import (
	"fmt"
	"maps"
	"slices"
)

// sameOps tells whether two schedules consist of the same transactions.
func sameOps(s, t Schedule) bool {
	txns := s.Txns()
	if !slices.Equal(txns, t.Txns()) {
		return false
	}
	for _, n := range txns {
		if !slices.Equal(s.Of(n), t.Of(n)) {
			return false
		}
	}
	return true
}

// ConflictEquivalent tells whether two schedules have the same transactions and
// order every two conflicting operations of those that do not abort alike.
func (s Schedule) ConflictEquivalent(t Schedule) bool {
	return sameOps(s, t) && maps.Equal(s.Surviving().conflictOrder(), t.Surviving().conflictOrder())
}

// numbered is an operation with its place within its transaction.
type numbered struct {
	op Op
	n  int
}

func (s Schedule) conflictOrder() map[[2]numbered]bool {
	order := map[[2]numbered]bool{}
	ops := s.numbered()
	for i, a := range ops {
		for _, b := range ops[i+1:] {
			if a.op.Conflicts(b.op) {
				order[[2]numbered{a, b}] = true
			}
		}
	}
	return order
}

func (s Schedule) numbered() []numbered {
	count := map[Txn]int{}
	all := make([]numbered, len(s))
	for i, o := range s {
		all[i] = numbered{o, count[o.Txn]}
		count[o.Txn]++
	}
	return all
}

// Source is the write that a read reads: the N-th operation of a transaction, or
// for Txn 0 what was there in the beginning.
type Source struct {
	Txn Txn
	N   int
}

// View is all that transactions can see of a schedule: what each read reads, by
// transaction and number of the operation, and who writes each item last.
type View struct {
	Reads map[Source]Source
	Final map[string]Source
}

// View returns the view of the transactions that do not abort.
func (s Schedule) View() View {
	v := View{Reads: map[Source]Source{}, Final: map[string]Source{}}
	for _, o := range s.Surviving().numbered() {
		at := Source{o.op.Txn, o.n}
		if o.op.Kind == Write {
			v.Final[o.op.Item] = at
		} else {
			v.Reads[at] = v.Final[o.op.Item]
		}
	}
	return v
}

// ViewEquivalent tells whether in two schedules of the same transactions every
// read reads the same write and every item is last written by the same one.
func (s Schedule) ViewEquivalent(t Schedule) bool {
	v, w := s.View(), t.View()
	return sameOps(s, t) && maps.Equal(v.Reads, w.Reads) && maps.Equal(v.Final, w.Final)
}

// FinalStateEquivalent tells whether two schedules of the same transactions
// leave the same state, whatever the initial one and whatever the writes
// compute from what their transactions read before.
func (s Schedule) FinalStateEquivalent(t Schedule) bool {
	u := newUniverse()
	return sameOps(s, t) && maps.Equal(u.run(s.Surviving()), u.run(t.Surviving()))
}

// universe names the terms of the Herbrand semantics: equal terms have equal
// numbers. A write's term is a function, of its own, of the terms that its
// transaction has read.
type universe struct{ names map[string]int }

func newUniverse() *universe { return &universe{names: map[string]int{}} }

func (u *universe) term(text string) int {
	if _, known := u.names[text]; !known {
		u.names[text] = len(u.names)
	}
	return u.names[text]
}

// run returns the final term of each item.
func (u *universe) run(s Schedule) map[string]int {
	state, seen := map[string]int{}, map[Txn][]int{}
	for _, item := range s.Items() {
		state[item] = u.term("initially " + item)
	}
	for _, o := range s.numbered() {
		t := o.op.Txn
		if o.op.Kind == Read {
			seen[t] = append(seen[t], state[o.op.Item])
		} else {
			state[o.op.Item] = u.term(fmt.Sprint(t, o.n, seen[t]))
		}
	}
	return state
}
