package scheduletest

import (
	"github.com/parleysystems/parley/systems/txn/schedule"
)

// items are few, so that transactions meet.
var items = []string{"x", "y", "z"}

// Transactions draws n transactions of up to most reads and writes each. With
// ends, each commits, or sometimes aborts.
func (r *Run) Transactions(n, most int, ends bool) []schedule.Schedule {
	txns := make([]schedule.Schedule, n)
	for i := range txns {
		for range 1 + r.IntN(most) {
			o := schedule.Op{Kind: schedule.Read, Txn: schedule.Txn(i + 1), Item: items[r.IntN(len(items))]}
			if r.IntN(2) == 0 {
				o.Kind = schedule.Write
			}
			txns[i] = append(txns[i], o)
		}
		if ends {
			txns[i] = append(txns[i], r.end(schedule.Txn(i+1)))
		}
	}
	return txns
}

func (r *Run) end(t schedule.Txn) schedule.Op {
	if r.IntN(5) == 0 {
		return schedule.Op{Kind: schedule.Abort, Txn: t}
	}
	return schedule.Op{Kind: schedule.Commit, Txn: t}
}

// Interleave draws one of the orders in which transactions can run.
func (r *Run) Interleave(txns []schedule.Schedule) schedule.Schedule {
	var s schedule.Schedule
	next, left := make([]int, len(txns)), 0
	for _, t := range txns {
		left += len(t)
	}
	for left > 0 {
		i := r.IntN(len(txns))
		if next[i] < len(txns[i]) {
			s = append(s, txns[i][next[i]])
			next[i]++
			left--
		}
	}
	return s
}

// permutations calls f with every order of the transactions until it returns
// true, and tells whether it did.
func permutations(txns []schedule.Txn, f func([]schedule.Txn) bool) bool {
	var extend func(order, rest []schedule.Txn) bool
	extend = func(order, rest []schedule.Txn) bool {
		if len(rest) == 0 {
			return f(order)
		}
		for i, t := range rest {
			others := append(append([]schedule.Txn(nil), rest[:i]...), rest[i+1:]...)
			if extend(append(order[:len(order):len(order)], t), others) {
				return true
			}
		}
		return false
	}
	return extend(nil, txns)
}
