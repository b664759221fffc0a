package clocktest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/order/ordertest"
)

// HappensBefore asks what the relation is that the clocks are about.
var HappensBefore = question{
	name: "happens-before",
	text: `What does it mean that one event happens before another? Processes exchange messages at random. The
relation is computed by Lamport's three conditions, event by event, and again as reachability in the graph
of direct steps. They agree; the relation is irreflexive and transitive; being concurrent is symmetric, but
not transitive: somewhere a is concurrent to b and b to c, and yet a happened before c.`,
	canon:     []string{"logicalclock.happensbefore.relation"},
	sometimes: []string{"concurrency is not transitive"},
	judge: func(r *ordertest.Run, x *Execution) error {
		for e := range x.Events {
			if x.HappensBefore(e, e) {
				return fmt.Errorf("event %d happened before itself", e)
			}
		}
		return x.pairs(func(a, b int) error {
			if x.HappensBefore(a, b) != x.reaches(a, b) {
				return fmt.Errorf("events %d, %d: happened before by conditions %v, by reachability %v",
					a, b, x.HappensBefore(a, b), x.reaches(a, b))
			}
			if x.Concurrent(a, b) != x.Concurrent(b, a) {
				return fmt.Errorf("events %d, %d are concurrent one way only", a, b)
			}
			return x.triples(r, a, b)
		})
	},
}.register()

// triples looks at all third events of a pair.
func (x *Execution) triples(r *ordertest.Run, a, b int) error {
	for c := range x.Events {
		if x.HappensBefore(a, b) && x.HappensBefore(b, c) && !x.HappensBefore(a, c) {
			return fmt.Errorf("events %d, %d, %d: happens-before is not transitive", a, b, c)
		}
		r.Marks.Sometimes("concurrency is not transitive",
			x.Concurrent(a, b) && x.Concurrent(b, c) && x.HappensBefore(a, c))
	}
	return nil
}
