package check

import (
	"math/rand/v2"
	"testing"

	"github.com/parleysystems/parley/kernel/workload"
)

// oracle is the definition of linearizability word for word: it tries every
// sequence of the operations, with and without each unknown one, and asks
// whether it is legal and obeys the rules. It shares no code with the judges
// but the models.
func oracle[S comparable](m Keyed[S], h History, rules Rules) bool {
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

func legal[S comparable](m Keyed[S], h History, order []int) bool {
	states := map[string]S{}
	for _, id := range order {
		key := h[id].In.Key
		if _, ok := states[key]; !ok {
			states[key] = m.Init
		}
		next, ok := m.Step(states[key], h[id].In, output(&h[id]))
		if !ok {
			return false
		}
		states[key] = next
	}
	return true
}

func obeys(h History, order []int, rules Rules) bool {
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

// tinyHistory draws a few operations of overlapping intervals with answers that
// are right about half of the time.
func tinyHistory(r *rand.Rand) History {
	var h History
	clock, n := int64(0), 2+r.IntN(5)
	busy := map[int]int64{}
	for i := 0; i < n; i++ {
		clock += int64(r.IntN(6))
		client := r.IntN(3)
		call := max(clock, busy[client]+1)
		op := operation(client, call, call+1+int64(r.IntN(12)))
		op.ID, op.In = i, tinyRequest(r, i)
		op.Out = workload.Response{Value: tinyValue(r, n), Done: r.IntN(2) == 0}
		switch r.IntN(8) {
		case 0:
			op.Outcome, op.Return = workload.Unknown, workload.Never
		case 1:
			op.Outcome = workload.Failed
		}
		busy[client] = call + 12
		h = append(h, op)
	}
	return byCall(h)
}

func tinyRequest(r *rand.Rand, i int) workload.Request {
	in := workload.Request{Key: string(rune('x' + r.IntN(2))), Value: string(rune('a' + i))}
	in.Verb = []workload.Verb{workload.Read, workload.Read, workload.Write, workload.CAS}[r.IntN(4)]
	if in.Verb == workload.CAS {
		in.Expect = tinyValue(r, i+1)
	}
	return in
}

func tinyValue(r *rand.Rand, n int) string {
	if i := r.IntN(n + 1); i < n {
		return string(rune('a' + i))
	}
	return ""
}

// Canon: consistency.linearizable.definition, consistency.sequential.definition.
func TestSearchersAgreeWithTheDefinitionOnSmallHistories(t *testing.T) {
	counts := map[bool]int{}
	separated := 0
	for seed := uint64(0); seed < 4000; seed++ {
		h := tinyHistory(rand.New(rand.NewPCG(seed, 1)))
		want := oracle(Register(), h, LinearizableRules)
		if got := Linearizable(Register(), h, Options{}); (got.Verdict == OK) != want {
			t.Fatalf("seed %d: definition says %v, Porcupine says %v\n%v", seed, want, got, show(h))
		}
		if got := Ordered(Register(), h, LinearizableRules, 1<<20); (got.Verdict == OK) != want {
			t.Fatalf("seed %d: definition says %v, search says %v\n%v", seed, want, got, show(h))
		}
		sequential := oracle(Register(), h, SequentialRules)
		if got := Sequential(Register(), h, 1<<20); (got.Verdict == OK) != sequential {
			t.Fatalf("seed %d: sequential by definition %v, search says %v\n%v", seed, sequential, got, show(h))
		}
		if want && !sequential {
			t.Fatalf("seed %d: linearizable but not sequentially consistent\n%v", seed, show(h))
		}
		if sequential && !want {
			separated++
		}
		counts[want]++
	}
	if counts[true] < 400 || counts[false] < 400 || separated < 20 {
		t.Fatalf("the generator is too one-sided to tell: %d linearizable, %d not, %d sequential only",
			counts[true], counts[false], separated)
	}
}
