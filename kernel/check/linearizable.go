package check

import (
	"fmt"
	"hash/maphash"
	"math"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/parleysystems/parley/kernel/workload"
)

// DefaultTimeout bounds the search for one object if Options say nothing.
const DefaultTimeout = 10 * time.Second

// Options bound a judge.
type Options struct {
	// Timeout bounds the search for each object; 0 means DefaultTimeout.
	Timeout time.Duration
}

func (o Options) timeout() time.Duration {
	if o.Timeout == 0 {
		return DefaultTimeout
	}
	return o.Timeout
}

// Linearizable decides whether one sequential order of all operations exists
// that is legal for the object and agrees with real time (Herlihy and Wing
// 1990). It asks Porcupine object by object, which linearizability, being
// local, allows.
//
// A violation is explained by the shortest prefix of the history that has no
// such order.
func Linearizable[S comparable, In, Out any](
	m Model[S, In, Out], h workload.History[In, Out], o Options,
) Judgement {
	j := Judgement{Verdict: OK, Judge: "linearizable", Operations: len(h)}
	for _, part := range split(m, h) {
		switch result := porcupine.CheckOperationsTimeout(porcupineModel(m), operations(part.ops), o.timeout()); result {
		case porcupine.Ok:
		case porcupine.Illegal:
			j.Verdict, j.Why = Violation, explain(m, part, o)
			return j
		default:
			j.Verdict = Unknown
			j.Why = fmt.Sprintf("%s%d operations: no decision within %v", part.title(), len(part.ops), o.timeout())
		}
	}
	return j
}

// part is the history of one object, without what says nothing about it.
type part[In, Out any] struct {
	key string
	ops []workload.Operation[In, Out]
}

func (p *part[In, Out]) title() string {
	if p.key == "" {
		return ""
	}
	return fmt.Sprintf("key %q: ", p.key)
}

// split sorts operations by object, in the order in which objects appear. It
// leaves out operations that may be left out without changing the verdict.
func split[S comparable, In, Out any](m Model[S, In, Out], h workload.History[In, Out]) []*part[In, Out] {
	var parts []*part[In, Out]
	byKey := map[string]*part[In, Out]{}
	for _, op := range h {
		if op.Outcome == workload.Failed {
			continue
		}
		key := m.key(op.In)
		p := byKey[key]
		if p == nil {
			p = &part[In, Out]{key: key}
			byKey[key] = p
			parts = append(parts, p)
		}
		p.ops = append(p.ops, op)
	}
	for _, p := range parts {
		p.ops = telling(m, p.ops)
	}
	return parts
}

// telling drops operations of unknown outcome that constrain nothing: reads,
// and what was called after the last known answer, since it may come last.
func telling[S comparable, In, Out any](
	m Model[S, In, Out], ops []workload.Operation[In, Out],
) []workload.Operation[In, Out] {
	var end time.Duration = -1
	for i := range ops {
		if ops[i].Outcome == workload.OK {
			end = max(end, ops[i].Return)
		}
	}
	var kept []workload.Operation[In, Out]
	for _, op := range ops {
		if op.Outcome == workload.OK || op.Call <= end && !m.readOnly(op.In, nil) {
			kept = append(kept, op)
		}
	}
	return kept
}

// answer is what Porcupine carries as an operation's output. Nil means that
// nobody saw it.
type answer[Out any] struct{ out *Out }

// operations translates a history for Porcupine. An unknown operation returns
// at infinity: placing it after all others has the effect of its never
// happening, because Step allows it in any state.
func operations[In, Out any](ops []workload.Operation[In, Out]) []porcupine.Operation {
	translated := make([]porcupine.Operation, len(ops))
	for i := range ops {
		op := &ops[i]
		translated[i] = porcupine.Operation{
			ClientId: op.Client, Input: op.In, Metadata: op.ID,
			Call: int64(op.Call), Return: math.MaxInt64, Output: answer[Out]{},
		}
		if op.Outcome == workload.OK {
			translated[i].Return, translated[i].Output = int64(op.Return), answer[Out]{&op.Out}
		}
	}
	return translated
}

func porcupineModel[S comparable, In, Out any](m Model[S, In, Out]) porcupine.Model {
	seed := maphash.MakeSeed()
	return porcupine.Model{
		Init: func() any { return m.Init },
		Step: func(state, in, out any) (bool, any) {
			next, legal := m.Step(state.(S), in.(In), out.(answer[Out]).out)
			return legal, next
		},
		Equal:             func(a, b any) bool { return a.(S) == b.(S) },
		Hash:              func(state any) uint64 { return maphash.Comparable(seed, state.(S)) },
		DescribeOperation: func(in, out any) string { return m.describe(in.(In), out.(answer[Out]).out) },
		DescribeState:     stateText,
	}
}
