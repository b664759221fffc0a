package clocktest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// ClockCondition compares Lamport readings with the execution.
var ClockCondition = question{
	name: "clock-condition",
	text: `Are Lamport's readings larger for what happened later? Processes exchange messages over links that
lose, duplicate, delay and reorder. Every reading is compared with the length of the longest causal chain
that ends in its event, which the two rules compute without knowing it, and every causally related pair is
checked for C(a) < C(b).`,
	canon: []string{"logicalclock.lamport.update-rules", "logicalclock.lamport.clock-condition"},
	judge: func(_ *ordertest.Run, x *Execution) error {
		if err := x.chains(); err != nil {
			return err
		}
		return x.pairs(func(a, b int) error {
			if s, t := x.Events[a].Stamp, x.Events[b].Stamp; x.HappensBefore(a, b) && s.Time >= t.Time {
				return fmt.Errorf("clock condition: event %d (%v) happened before event %d (%v)", a, s, b, t)
			}
			return nil
		})
	},
}.register()

// chains compares every reading with the longest chain that ends in its event.
func (x *Execution) chains() error {
	longest := make([]lamport.Time, len(x.Events))
	for i, e := range x.Events {
		for _, direct := range []int{e.Before, e.Sent} {
			if direct != none {
				longest[i] = max(longest[i], longest[direct])
			}
		}
		longest[i]++
		if e.Stamp.Time != longest[i] {
			return fmt.Errorf("event %d of process %d is stamped %d; its longest causal chain has %d events",
				i, e.Process, e.Stamp.Time, longest[i])
		}
	}
	return nil
}

// TotalOrder sorts the events of an execution as several nodes would.
var TotalOrder = question{
	name: "total-order",
	text: `Do all nodes that know the same events put them into the same order? The stamps of a random execution
are handed to three nodes, in the order of the run, reversed, and shuffled. Each sorts them; the three orders
must be equal, without two equal stamps, and no event may stand before one that happened before it.`,
	canon:     []string{"logicalclock.lamport.total-order"},
	sometimes: []string{"two events at one time"},
	judge: func(r *ordertest.Run, x *Execution) error {
		order := make([]int, len(x.Events))
		for i := range order {
			order[i] = i
		}
		reversed, shuffled := slices.Clone(order), slices.Clone(order)
		slices.Reverse(reversed)
		for i := range shuffled {
			j := r.Knobs.Int(fmt.Sprint("shuffle ", i), 0, i)
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		}
		for _, o := range [][]int{order, reversed, shuffled} {
			slices.SortStableFunc(o, func(a, b int) int { return x.Events[a].Stamp.Compare(x.Events[b].Stamp) })
		}
		if !slices.Equal(order, reversed) || !slices.Equal(order, shuffled) {
			return fmt.Errorf("nodes that learnt the events in different orders sort them differently")
		}
		return x.extends(r, order)
	},
}.register()

// extends checks that an order has no ties and keeps to causality.
func (x *Execution) extends(r *ordertest.Run, order []int) error {
	for i := range order {
		for _, later := range order[i+1:] {
			s, t := x.Events[order[i]].Stamp, x.Events[later].Stamp
			if s.Compare(t) == 0 {
				return fmt.Errorf("events %d and %d have the one stamp %v", order[i], later, s)
			}
			if x.HappensBefore(later, order[i]) {
				return fmt.Errorf("event %d (%v) is sorted before event %d (%v), which happened before it", order[i], s, later, t)
			}
			r.Marks.Sometimes("two events at one time", s.Time == t.Time)
		}
	}
	return nil
}

// NoConverse counts how much order the readings suggest that is none.
var NoConverse = question{
	name: "no-converse",
	text: `Does C(a) < C(b) show that a happened before b? It does not: of the pairs of a random execution whose
readings are so ordered, the share that is concurrent is counted (the figure "concurrent share"). The smallest
case, two processes of which one does two events and the other one, is played through first. Reading
causality off the clock is right in one direction only: C(a) >= C(b) does rule it out.`,
	canon:     []string{"logicalclock.lamport.no-converse"},
	sometimes: []string{"ordered readings of concurrent events"},
	judge: func(r *ordertest.Run, x *Execution) error {
		var p, q lamport.Clock
		q.Tick()
		if a, b := p.Tick(), q.Tick(); a >= b {
			return fmt.Errorf("the first event of p has %d, the second of q, which knows nothing of it, %d", a, b)
		}
		ordered, concurrent := 0, 0
		err := x.pairs(func(a, b int) error {
			if x.Events[a].Stamp.Time >= x.Events[b].Stamp.Time {
				if x.HappensBefore(a, b) {
					return fmt.Errorf("events %d, %d: readings rule out what is so", a, b)
				}
				return nil
			}
			ordered++
			if x.Concurrent(a, b) {
				concurrent++
			}
			return nil
		})
		r.Stats["concurrent share"] = float64(concurrent) / float64(max(ordered, 1))
		r.Marks.Sometimes("ordered readings of concurrent events", concurrent > 0)
		return err
	},
}.register()
