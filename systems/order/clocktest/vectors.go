package clocktest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/vector"
)

// Vector compares vector readings with the execution.
var Vector = question{
	name: "vector",
	text: `Do vector clocks say exactly what happened before what? Every entry of every reading of a random
execution is compared with a count over the causal graph, and the comparison of every two readings with
reachability, both ways. Lamport readings of the same execution do not manage that ("Lamport misleads").`,
	canon:     []string{"logicalclock.vector.update-rules", "logicalclock.vector.characterizes-causality"},
	sometimes: []string{"Lamport misleads"},
	judge: func(r *ordertest.Run, x *Execution) error {
		for i := range x.Events {
			if err := x.counts(i); err != nil {
				return err
			}
		}
		return x.pairs(func(a, b int) error {
			r.Marks.Sometimes("Lamport misleads", x.Concurrent(a, b) && x.Events[a].Stamp.Time < x.Events[b].Stamp.Time)
			v, w := x.Events[a].Vector, x.Events[b].Vector
			if got, want := v.Compare(w), x.relation(a, b); got != want {
				return fmt.Errorf("event %d %v is %v event %d %v by the causal graph, and %v by their vectors", a, v, want, b, w, got)
			}
			return nil
		})
	},
}.register()

// counts compares a reading with what it stands for.
func (x *Execution) counts(event int) error {
	want := vector.New(len(x.last))
	for other, e := range x.Events {
		if other == event || x.HappensBefore(other, event) {
			want[e.Process]++
		}
	}
	if got := x.Events[event].Vector; fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("event %d has vector %v; in its causal past, itself included, are %v events", event, got, want)
	}
	return nil
}

// relation is the order of two events by the causal graph.
func (x *Execution) relation(a, b int) vector.Order {
	switch {
	case a == b:
		return vector.Equal
	case x.HappensBefore(a, b):
		return vector.Before
	case x.HappensBefore(b, a):
		return vector.After
	}
	return vector.Concurrent
}

// Comparison looks at Compare itself.
var Comparison = question{
	name: "comparison",
	text: `How do two vectors compare? For every two readings of an execution, and for the same with an entry cut
off or a zero added, exactly one of equal, before, after and concurrent holds: the one that the entries say,
counted directly. Calling concurrent whatever is neither equal nor before, as the definition is sometimes
read, would call a pair concurrent that is ordered the other way round.`,
	canon:     []string{"logicalclock.vector.comparison"},
	sometimes: []string{"concurrent vectors", "after"},
	judge: func(r *ordertest.Run, x *Execution) error {
		return x.pairs(func(a, b int) error {
			v, w := x.Events[a].Vector, x.Events[b].Vector
			for _, w := range []vector.Clock{w, w[:len(w)-1], append(w.Clone(), 0)} {
				want := byEntries(v, w)
				if got := v.Compare(w); got != want {
					return fmt.Errorf("%v and %v: %v, by their entries %v", v, w, got, want)
				}
				r.Marks.Sometimes("concurrent vectors", want == vector.Concurrent)
				r.Marks.Sometimes("after", want == vector.After)
			}
			return nil
		})
	},
}.register()

// byEntries is the definition, written down once more and differently.
func byEntries(v, w vector.Clock) vector.Order {
	atMost := func(v, w vector.Clock) bool {
		for k, n := range v {
			if k < len(w) && n > w[k] || k >= len(w) && n > 0 {
				return false
			}
		}
		return true
	}
	switch below, above := atMost(v, w), atMost(w, v); {
	case below && above:
		return vector.Equal
	case below:
		return vector.Before
	case above:
		return vector.After
	}
	return vector.Concurrent
}
