package check

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/parleysystems/parley/kernel/workload"
)

// shown bounds how many operations an explanation prints.
const shown = 8

// explain returns the reason why a part has no legal order. A prefix of a
// linearizable history is linearizable, so there is a first answer that made
// this one illegal: binary search finds it, and what the object did before is
// condensed into its state.
func explain[S comparable, In, Out any](m Model[S, In, Out], p *part[In, Out], o Options) string {
	returns, first := breaking(m, p, o)
	var b strings.Builder
	fmt.Fprintf(&b, "%sno legal order of its operations agrees with real time\n", p.title())
	if first > 0 {
		describeOrder(&b, m, prefix(p.ops, returns[first-1]), o)
	}
	for i := range p.ops {
		if op := &p.ops[i]; op.Return == returns[first] {
			fmt.Fprintf(&b, "cannot be placed:\n  %s", line(m, op))
		}
	}
	return b.String()
}

// breaking returns when answers arrived, in order, and which of them was the
// first that made a part without a legal order illegal.
func breaking[S comparable, In, Out any](m Model[S, In, Out], p *part[In, Out], o Options) (returns []time.Duration, first int) {
	returns = returnTimes(p.ops)
	first = sort.Search(len(returns)-1, func(i int) bool {
		cut := operations(prefix(p.ops, returns[i]))
		return porcupine.CheckOperationsTimeout(porcupineModel(m), cut, o.timeout()) == porcupine.Illegal
	})
	return returns, first
}

// returnTimes returns when answers arrived, in order.
func returnTimes[In, Out any](ops []workload.Operation[In, Out]) []time.Duration {
	var times []time.Duration
	for i := range ops {
		if ops[i].Outcome == workload.OK {
			times = append(times, ops[i].Return)
		}
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return times
}

// prefix returns what was known at a moment: an answer that had not arrived
// yet is unknown.
func prefix[In, Out any](ops []workload.Operation[In, Out], at time.Duration) []workload.Operation[In, Out] {
	var cut []workload.Operation[In, Out]
	for _, op := range ops {
		if op.Call > at {
			continue
		}
		if op.Outcome == workload.OK && op.Return > at {
			op.Outcome, op.Return = workload.Unknown, workload.Never
		}
		cut = append(cut, op)
	}
	return cut
}

// describeOrder prints the end of the order found for a prefix.
func describeOrder[S comparable, In, Out any](
	b *strings.Builder, m Model[S, In, Out], ops []workload.Operation[In, Out], o Options,
) {
	order, ok := Linearization(m, ops, o)
	if !ok {
		return
	}
	state, skip := m.Init, max(0, len(order)-shown)
	for _, i := range order[:skip] {
		state, _ = m.Step(state, ops[i].In, output(&ops[i]))
	}
	if skip > 0 {
		fmt.Fprintf(b, "after %d operations the state is %s, and then in order:\n", skip, stateText(state))
	} else {
		fmt.Fprintf(b, "from the state %s, in order:\n", stateText(state))
	}
	for _, i := range order[skip:] {
		fmt.Fprintf(b, "  %s\n", line(m, &ops[i]))
	}
}

// Linearization returns a legal order of the operations on one object, as
// indexes, or reports that none was found in time. Failed operations are left
// out, and so are unknown ones at the end: they may not have happened.
func Linearization[S comparable, In, Out any](
	m Model[S, In, Out], ops workload.History[In, Out], o Options,
) (order []int, ok bool) {
	var took []int // indexes of the operations that may have happened
	var happened workload.History[In, Out]
	for i := range ops {
		if ops[i].Outcome != workload.Failed {
			took, happened = append(took, i), append(happened, ops[i])
		}
	}
	result, info := porcupine.CheckOperationsVerbose(porcupineModel(m), operations(happened), o.timeout())
	if result != porcupine.Ok {
		return nil, false
	}
	if parts := info.PartialLinearizations(); len(parts) > 0 && len(parts[0]) > 0 {
		order = parts[0][0]
	}
	for len(order) > 0 && happened[order[len(order)-1]].Outcome != workload.OK {
		order = order[:len(order)-1]
	}
	for i := range order {
		order[i] = took[order[i]]
	}
	return order, true
}

func output[In, Out any](op *workload.Operation[In, Out]) *Out {
	if op.Outcome != workload.OK {
		return nil
	}
	return &op.Out
}

// line renders an operation with its interval, client and number.
func line[S comparable, In, Out any](m Model[S, In, Out], op *workload.Operation[In, Out]) string {
	end := "never"
	if op.Return != workload.Never {
		end = seconds(op.Return)
	}
	return fmt.Sprintf("#%-4d client %-2d [%s .. %s]  %s",
		op.ID, op.Client, seconds(op.Call), end, m.describe(op.In, output(op)))
}

// stateText renders a state such that an empty one can be seen.
func stateText(state any) string {
	if text, ok := state.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprintf("%+v", state)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6fs", d.Seconds()) }
