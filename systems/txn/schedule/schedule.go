package schedule

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Txn is the number of a transaction, from 1. In a reads-from relation 0 stands
// for what was there in the beginning.
type Txn int

// Kind is what an operation does.
type Kind byte

// The kinds, by their letters.
const (
	Read   Kind = 'r'
	Write  Kind = 'w'
	Commit Kind = 'c'
	Abort  Kind = 'a'
)

// Op is one operation. Commit and Abort have no item.
type Op struct {
	Kind Kind
	Txn  Txn
	Item string
}

// Accesses tells whether the operation is a read or a write.
func (o Op) Accesses() bool { return o.Kind == Read || o.Kind == Write }

// Ends tells whether the operation is a commit or an abort.
func (o Op) Ends() bool { return o.Kind == Commit || o.Kind == Abort }

func (o Op) String() string {
	if o.Accesses() {
		return fmt.Sprintf("%c%d(%s)", o.Kind, o.Txn, o.Item)
	}
	return fmt.Sprintf("%c%d", o.Kind, o.Txn)
}

// Conflicts tells whether swapping two neighbours could change a result: they
// are of different transactions, touch one item, and one of them writes.
func (o Op) Conflicts(p Op) bool {
	if o.Txn == p.Txn || !o.Accesses() || !p.Accesses() || o.Item != p.Item {
		return false
	}
	//parley:rule schedule.conflict.definition value=(o.Kind == Write) != (p.Kind == Write)
	return o.Kind == Write || p.Kind == Write
}

// Schedule is operations in the order in which they ran.
type Schedule []Op

func (s Schedule) String() string {
	words := make([]string, len(s))
	for i, o := range s {
		words[i] = o.String()
	}
	return strings.Join(words, " ")
}

// Txns returns the transactions in the order of their numbers.
func (s Schedule) Txns() []Txn {
	var all []Txn
	for _, o := range s {
		all = append(all, o.Txn)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Items returns the items in the order of their names.
func (s Schedule) Items() []string {
	var all []string
	for _, o := range s {
		if o.Accesses() {
			all = append(all, o.Item)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Of returns the operations of one transaction.
func (s Schedule) Of(t Txn) Schedule {
	var own Schedule
	for _, o := range s {
		if o.Txn == t {
			own = append(own, o)
		}
	}
	return own
}

// end returns the position of t's commit or abort, and which it is. An
// unfinished transaction ends behind the schedule, with kind 0.
func (s Schedule) end(t Txn) (int, Kind) {
	for i, o := range s {
		if o.Txn == t && o.Ends() {
			return i, o.Kind
		}
	}
	return len(s), 0
}

// Surviving returns the schedule without the operations of transactions that
// abort, and without commits.
func (s Schedule) Surviving() Schedule {
	aborted := map[Txn]bool{}
	for _, o := range s {
		if o.Kind == Abort {
			aborted[o.Txn] = true
		}
	}
	var rest Schedule
	for _, o := range s {
		if o.Accesses() && !aborted[o.Txn] {
			rest = append(rest, o)
		}
	}
	return rest
}

// Serial returns the same transactions one after the other.
func (s Schedule) Serial(order []Txn) Schedule {
	var serial Schedule
	for _, t := range order {
		serial = append(serial, s.Of(t)...)
	}
	return serial
}

// IsSerial tells whether each transaction runs in one piece.
func (s Schedule) IsSerial() bool {
	var left []Txn // transactions that others have followed
	for i, o := range s {
		if slices.Contains(left, o.Txn) {
			return false
		}
		if i+1 < len(s) && s[i+1].Txn != o.Txn {
			left = append(left, o.Txn)
		}
	}
	return true
}

// Interleavings yields every order in which the operations of the given
// transactions can run, each keeping its own. Their number is the multinomial
// coefficient of the lengths.
func Interleavings(txns ...Schedule) iter.Seq[Schedule] {
	return func(yield func(Schedule) bool) {
		n, next := 0, make([]int, len(txns))
		for _, t := range txns {
			n += len(t)
		}
		s := make(Schedule, 0, n)
		var extend func() bool
		extend = func() bool {
			if len(s) == n {
				return yield(slices.Clone(s))
			}
			for i, t := range txns {
				if next[i] == len(t) {
					continue
				}
				s = append(s, t[next[i]])
				next[i]++
				more := extend()
				next[i]--
				s = s[:len(s)-1]
				if !more {
					return false
				}
			}
			return true
		}
		extend()
	}
}
