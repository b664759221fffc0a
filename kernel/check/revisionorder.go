package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/workload"
)

// RevisionOrder judges a history of a store that numbers its changes (see
// Revisioned) whose replicas nobody can look into. The revisions in the answers
// are the order of execution, which CommitOrder checks in about linear time,
// however long the history is. A change whose answer was lost took effect at
// the revision at which its value, which has to be unique, was read; if nobody
// read it, it constrains nothing.
//
// Where that explains the history it is a proof. Otherwise, as when the answer
// to a deletion was lost, Linearizable decides. But two changes with one
// revision, and a revision below that of a change that had returned before the
// call, of whatever keys, are violations in any case.
func RevisionOrder(h workload.History[workload.Request, workload.Response], o Options) Judgement {
	order, why := byRevision(h)
	if why == "" {
		why = inverted(h, order)
	}
	if why != "" {
		return Judgement{Verdict: Violation, Judge: "revision order", Why: why, Operations: len(h)}
	}
	commits := make([]int, len(order))
	for i, c := range order {
		commits[i] = c.id
	}
	if j := CommitOrder(Revisioned(), h, commits); j.Verdict == OK {
		j.Judge = "revision order"
		return j
	}
	return Linearizable(Revisioned(), h, o)
}

// change is an operation that changed the store, and the revision it made.
type change struct {
	id       int
	revision uint64
}

func byRevision(h workload.History[workload.Request, workload.Response]) ([]change, string) {
	var order []change
	lost := map[string]int{} // operations of unknown outcome by the value they write
	for id := range h {
		op := &h[id]
		switch {
		case op.In.ReadOnly():
		case op.Outcome == workload.Unknown && op.In.Value != "":
			lost[op.In.Key+"\x00"+op.In.Value] = id
		case op.Outcome == workload.OK && !readOnly(op.In, &op.Out):
			order = append(order, change{id, op.Out.Revision})
		}
	}
	order = append(order, found(h, lost)...)
	slices.SortFunc(order, func(a, b change) int { return cmp.Compare(a.revision, b.revision) })
	for i := 1; i < len(order); i++ {
		if a, b := order[i-1], order[i]; a.revision == b.revision {
			m := Revisioned()
			return nil, fmt.Sprintf("two changes have revision %d:\n  %s\n  %s",
				a.revision, line(m, &h[a.id]), line(m, &h[b.id]))
		}
	}
	return order, ""
}

// found returns the changes of unknown outcome whose values were read, once
// each, with the revisions that the reads show.
func found(h workload.History[workload.Request, workload.Response], lost map[string]int) []change {
	var all []change
	for id := range h {
		op := &h[id]
		key := op.In.Key + "\x00" + op.Out.Value
		if writer, ok := lost[key]; ok && op.Outcome == workload.OK && op.In.ReadOnly() {
			all = append(all, change{writer, op.Out.Revision})
			delete(lost, key)
		}
	}
	return all
}

// inverted returns why the revisions contradict real time, if they do.
func inverted(h workload.History[workload.Request, workload.Response], order []change) string {
	var called []change
	for _, c := range order {
		if h[c.id].Outcome == workload.OK {
			called = append(called, c)
		}
	}
	returned := slices.Clone(called)
	slices.SortFunc(called, func(a, b change) int { return cmp.Compare(h[a.id].Call, h[b.id].Call) })
	slices.SortFunc(returned, func(a, b change) int { return cmp.Compare(h[a.id].Return, h[b.id].Return) })
	var newest change // among those that had returned
	for _, c := range called {
		for len(returned) > 0 && h[returned[0].id].Before(&h[c.id]) {
			if returned[0].revision > newest.revision {
				newest = returned[0]
			}
			returned = returned[1:]
		}
		if c.revision < newest.revision {
			m := Revisioned()
			return fmt.Sprintf("a change has a lower revision than one that had returned before:\n  %s\n  %s",
				line(m, &h[newest.id]), line(m, &h[c.id]))
		}
	}
	return ""
}
