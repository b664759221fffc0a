package checktest

import (
	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/workload"
)

// CausalByDefinition is the definition of causal consistency, word for word: for
// each client it tries every order of all writes and the client's reads. Like
// ByDefinition it is for tiny histories, in which each value is written once.
func CausalByDefinition(h History) bool {
	before := causesOf(h)
	for _, client := range []int{0, 1, 2} {
		reads := func(id int) bool {
			return h[id].In.Verb == workload.Write || h[id].Client == client
		}
		view := History{}
		names := []int{}
		for id := range h {
			if takesPart(h, id) && reads(id) {
				view, names = append(view, h[id]), append(names, id)
			}
		}
		if !someOrder(before, names, func(order []int) bool { return legal(check.Register(), view, order) }) {
			return false
		}
	}
	return acyclic(before)
}

// CausalPlusByDefinition is that of causal consistency with convergence: it tries
// every order of all writes.
func CausalPlusByDefinition(h History) bool {
	before := causesOf(h)
	var writes []int
	for id := range h {
		if takesPart(h, id) && h[id].In.Verb == workload.Write {
			writes = append(writes, id)
		}
	}
	return acyclic(before) && someOrder(before, writes, func(order []int) bool {
		return lastOfCauses(h, before, writes, order)
	})
}

// lastOfCauses tells whether each read returns the last write of its key among
// its causes.
func lastOfCauses(h History, before [][]bool, writes, order []int) bool {
	for id := range h {
		if !takesPart(h, id) || h[id].In.Verb != workload.Read {
			continue
		}
		value := ""
		for _, i := range order {
			if w := writes[i]; before[w][id] && h[w].In.Key == h[id].In.Key {
				value = h[w].In.Value
			}
		}
		if value != h[id].Out.Value {
			return false
		}
	}
	return true
}

// takesPart leaves out what did not happen, or need not have: failed operations,
// reads without an answer, and writes of unknown outcome that nobody read.
func takesPart(h History, id int) bool {
	switch h[id].Outcome {
	case workload.OK:
		return true
	case workload.Failed:
		return false
	}
	if h[id].In.Verb != workload.Write {
		return false
	}
	for other := range h {
		if sees(h, other, id) {
			return true
		}
	}
	return false
}

// sees tells whether a read returned what a write wrote.
func sees(h History, read, write int) bool {
	return h[read].Outcome == workload.OK && h[read].In.Verb == workload.Read && h[write].In.Verb == workload.Write &&
		h[read].In.Key == h[write].In.Key && h[read].Out.Value == h[write].In.Value
}

// causesOf tells of any two operations whether the first is among the causes of
// the second.
func causesOf(h History) [][]bool {
	before := make([][]bool, len(h))
	for i := range h {
		before[i] = make([]bool, len(h))
		for j := range h {
			own := h[i].Outcome == workload.OK && h[i].Client == h[j].Client && h[i].Return < h[j].Call
			before[i][j] = takesPart(h, i) && takesPart(h, j) && (own || sees(h, j, i))
		}
	}
	for range h { // as often as a chain may be long
		for i := range h {
			for j := range h {
				for k := range h {
					before[i][k] = before[i][k] || before[i][j] && before[j][k]
				}
			}
		}
	}
	return before
}

func acyclic(before [][]bool) bool {
	for i := range before {
		if before[i][i] {
			return false
		}
	}
	return true
}

// someOrder tries all orders of the named operations that contradict no cause;
// an order is of places among the names.
func someOrder(before [][]bool, names []int, right func(order []int) bool) bool {
	order := make([]int, 0, len(names))
	used := make([]bool, len(names))
	var try func() bool
	try = func() bool {
		if len(order) == len(names) {
			return right(order)
		}
		for i := range names {
			if used[i] || !free(before, names, used, i) {
				continue
			}
			used[i], order = true, append(order, i)
			if try() {
				return true
			}
			used[i], order = false, order[:len(order)-1]
		}
		return false
	}
	return try()
}

// free tells whether all causes of an operation are in the order.
func free(before [][]bool, names []int, used []bool, i int) bool {
	for j := range names {
		if !used[j] && j != i && before[names[j]][names[i]] {
			return false
		}
	}
	return true
}
