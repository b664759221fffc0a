package check

import (
	"fmt"
	"sort"

	"github.com/parleysystems/parley/kernel/workload"
)

// Unasked in a commit order is a command that no operation asked for.
const Unasked = -1

// CommitOrder judges a history by the order in which replicas executed its
// operations: commits[i] is the ID of the operation that was executed as the
// i-th. Operations that are ReadOnly may be missing; each is then placed at the
// first point where its answer is right and that real time allows.
//
// It tells apart what Linearizable cannot see: an acknowledged operation that
// was never executed, one executed twice, and one executed though its client
// was told that it never would be. An OK is a proof of linearizability, found
// in linear time: the order is the witness. A Violation says that this order
// is none, which is a defect of the system even if another order would do.
func CommitOrder[S comparable, In, Out any](
	m Model[S, In, Out], h workload.History[In, Out], commits []int,
) Judgement {
	c := &commitOrder[S, In, Out]{m: m, h: h, commits: commits, objects: map[string]*versions[S]{}}
	j := Judgement{Verdict: OK, Judge: "commit order", Operations: len(h)}
	for _, rule := range []func() string{c.accounts, c.replay, c.realTime} {
		if why := rule(); why != "" {
			j.Verdict, j.Why = Violation, why
			return j
		}
	}
	return j
}

type commitOrder[S comparable, In, Out any] struct {
	m       Model[S, In, Out]
	h       workload.History[In, Out]
	commits []int
	at      []int // operation's position: the number of commits up to and including it
	objects map[string]*versions[S]
}

// versions are the states that an object went through: states[i] holds from
// commit number from[i] on.
type versions[S comparable] struct {
	from   []int
	states []S
}

// accounts checks that what was executed and what clients were told agree.
func (c *commitOrder[S, In, Out]) accounts() string {
	c.at = make([]int, len(c.h))
	for i, id := range c.commits {
		if id == Unasked {
			return fmt.Sprintf("commit %d executed a command that no client sent", i+1)
		}
		op := &c.h[id]
		if c.at[id] != 0 {
			return fmt.Sprintf("executed twice, as commits %d and %d:\n  %s", c.at[id], i+1, line(c.m, op))
		}
		if op.Outcome == workload.Failed {
			return fmt.Sprintf("executed as commit %d, but its client was told that it would not be (%s):\n  %s",
				i+1, op.Err, line(c.m, op))
		}
		c.at[id] = i + 1
	}
	for id := range c.h {
		if op := &c.h[id]; op.Outcome == workload.OK && c.at[id] == 0 && !c.m.readOnly(op.In, &op.Out) {
			return fmt.Sprintf("acknowledged, but never executed:\n  %s", line(c.m, op))
		}
	}
	return ""
}

// replay executes the commits one by one and compares the answers.
func (c *commitOrder[S, In, Out]) replay() string {
	for i, id := range c.commits {
		op := &c.h[id]
		v := c.object(op.In)
		state := v.states[len(v.states)-1]
		next, legal := c.m.Step(state, op.In, output(op))
		if !legal {
			return fmt.Sprintf("wrong answer to commit %d, executed in state %s:\n  %s", i+1, stateText(state), line(c.m, op))
		}
		if next != state {
			v.from, v.states = append(v.from, i+1), append(v.states, next)
		}
	}
	return ""
}

func (c *commitOrder[S, In, Out]) object(in In) *versions[S] {
	key := c.m.key(in)
	v := c.objects[key]
	if v == nil {
		v = &versions[S]{from: []int{0}, states: []S{c.m.Init}}
		c.objects[key] = v
	}
	return v
}

// realTime sweeps over calls and returns. reached is the latest position among
// operations that had returned: what is called later must not come before.
// Reads take the least position possible, so if any placement of them works,
// this one does.
func (c *commitOrder[S, In, Out]) realTime() string {
	reached, by := 0, -1
	for _, e := range c.ends() {
		op := &c.h[e.id]
		switch {
		case e.returns:
			if c.at[e.id] > reached || by < 0 {
				reached, by = c.at[e.id], e.id
			}
		case c.at[e.id] != 0:
			if c.at[e.id] <= reached {
				return fmt.Sprintf("commit %d was called after an operation returned that saw commit %d:\n  %s\n  %s",
					c.at[e.id], reached, line(c.m, &c.h[by]), line(c.m, op))
			}
		default:
			at, ok := c.place(op, reached)
			if !ok {
				return c.misplaced(op, reached, by)
			}
			c.at[e.id] = at
		}
	}
	return ""
}

// place returns the first position at or after reached where op's answer is
// what the object would say.
func (c *commitOrder[S, In, Out]) place(op *workload.Operation[In, Out], reached int) (int, bool) {
	v := c.object(op.In)
	i := sort.SearchInts(v.from, reached+1) - 1
	for ; i < len(v.states); i++ {
		if _, legal := c.m.Step(v.states[i], op.In, &op.Out); legal {
			return max(v.from[i], reached), true
		}
	}
	return 0, false
}

func (c *commitOrder[S, In, Out]) misplaced(op *workload.Operation[In, Out], reached, by int) string {
	if at, ok := c.place(op, 0); ok && by >= 0 {
		return fmt.Sprintf("stale: this answer was right at commit %d, but commit %d had been seen when it was called:\n  %s\n  %s",
			at, reached, line(c.m, &c.h[by]), line(c.m, op))
	}
	return fmt.Sprintf("never the right answer in any state that was committed:\n  %s", line(c.m, op))
}

// end is one end of an operation's interval.
type end struct {
	id      int
	returns bool
}

// ends returns calls and returns in the order of time, at equal times calls
// first. Operations that say nothing are left out.
func (c *commitOrder[S, In, Out]) ends() []end {
	var ends []end
	for id := range c.h {
		known := c.h[id].Outcome == workload.OK
		if known || c.at[id] != 0 {
			ends = append(ends, end{id, false})
		}
		if known {
			ends = append(ends, end{id, true})
		}
	}
	when := func(e end) int64 {
		if e.returns {
			return int64(c.h[e.id].Return)
		}
		return int64(c.h[e.id].Call)
	}
	sort.SliceStable(ends, func(i, j int) bool {
		a, b := when(ends[i]), when(ends[j])
		return a < b || a == b && !ends[i].returns && ends[j].returns
	})
	return ends
}
