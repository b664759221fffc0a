package checktest

import (
	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/workload"
)

// History is one of requests to a keyed store.
type History = workload.History[workload.Request, workload.Response]

// ByDefinition is the definition of linearizability, or with fewer rules of
// sequential consistency, word for word: it tries every sequence of the
// operations, with and without each unknown one, and asks whether it is legal
// and obeys the rules. It shares no code with the judges but the models, and
// takes time that grows with the factorial of the history's length.
func ByDefinition[S comparable](m check.Keyed[S], h History, rules check.Rules) bool {
	var sequences func(prefix []int, rest []int) bool
	sequences = func(prefix, rest []int) bool {
		if complete(h, prefix) && legal(m, h, prefix) && obeys(h, prefix, rules) {
			return true
		}
		for i, id := range rest {
			others := append(append([]int(nil), rest[:i]...), rest[i+1:]...)
			if sequences(append(append([]int(nil), prefix...), id), others) {
				return true
			}
		}
		return false
	}
	var all []int
	for id := range h {
		if h[id].Outcome != workload.Failed {
			all = append(all, id)
		}
	}
	return sequences(nil, all)
}

// complete tells whether every acknowledged operation is in the sequence.
func complete(h History, order []int) bool {
	in := map[int]bool{}
	for _, id := range order {
		in[id] = true
	}
	for id := range h {
		if h[id].Outcome == workload.OK && !in[id] {
			return false
		}
	}
	return true
}

func legal[S comparable](m check.Keyed[S], h History, order []int) bool {
	states := map[string]S{}
	for _, id := range order {
		key := h[id].In.Key
		if _, ok := states[key]; !ok {
			states[key] = m.Init
		}
		var seen *workload.Response
		if h[id].Outcome == workload.OK {
			seen = &h[id].Out
		}
		next, ok := m.Step(states[key], h[id].In, seen)
		if !ok {
			return false
		}
		states[key] = next
	}
	return true
}

func obeys(h History, order []int, rules check.Rules) bool {
	for i, later := range order {
		for _, earlier := range order[:i] {
			inverted := h[later].Return < h[earlier].Call
			same := h[later].Client == h[earlier].Client
			if inverted && (rules.RealTime || rules.ProgramOrder && same) {
				return false
			}
		}
	}
	return true
}
