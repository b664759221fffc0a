package checktest

import (
	"math/rand/v2"
	"sort"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
)

// Tiny draws a few operations of overlapping intervals with answers that
// are right about half of the time.
func Tiny(r *rand.Rand) History {
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

func operation(client int, call, ret int64) workload.Operation[workload.Request, workload.Response] {
	return workload.Operation[workload.Request, workload.Response]{
		Client: client, Call: time.Duration(call), Return: time.Duration(ret), Outcome: workload.OK,
	}
}

// byCall orders a history by calls, and numbers it so.
func byCall(h History) History {
	sort.SliceStable(h, func(i, j int) bool { return h[i].Call < h[j].Call })
	for i := range h {
		h[i].ID = i
	}
	return h
}
