package scheduletest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

// Conflicts asks what a conflict is.
var Conflicts = Question{
	System: "schedule", Name: "conflicts",
	Text: `What is a conflict? Two operations of different transactions on one item, of which one writes. The seed draws
schedules, and changes neighbours that do not conflict: what each transaction reads and the final values stay
the same, whatever the initial ones. Interleavings that the package calls conflict equivalent are run on
numbers as well and must agree in both; without write-write conflicts, some of them would not.`,
	Canon:     []string{"schedule.conflict.definition"},
	Sometimes: []string{"equivalent, not equal", "not equivalent, different result"},
	Ask: func(r *Run) error {
		txns := r.Transactions(2+r.IntN(2), 4, false)
		for range 40 {
			s, t, values := r.Interleave(txns), r.Interleave(txns), r.initial()
			if err := neighbours(s, values); err != nil {
				return err
			}
			equivalent, same := s.ConflictEquivalent(t), Execute(s, values).Same(Execute(t, values))
			if equivalent && !same {
				return fmt.Errorf("%v and %v count as equivalent, and have different results from %v", s, t, values)
			}
			r.Marks.Sometimes("equivalent, not equal", equivalent && s.String() != t.String())
			r.Marks.Sometimes("not equivalent, different result", !equivalent && !same)
			r.Say(s, equivalent, same)
		}
		return nil
	},
}.Register()

// neighbours swaps each two neighbours that do not conflict.
func neighbours(s schedule.Schedule, values map[string]int) error {
	for i := 1; i < len(s); i++ {
		if s[i-1].Txn == s[i].Txn || s[i-1].Conflicts(s[i]) {
			continue
		}
		t := append(schedule.Schedule(nil), s...)
		t[i-1], t[i] = t[i], t[i-1]
		if !Execute(s, values).Same(Execute(t, values)) {
			return fmt.Errorf("%v: swapping %v and %v, which do not conflict, changes the result", s, s[i-1], s[i])
		}
	}
	return nil
}

// Serializability compares the graph with the definitions.
var Serializability = Question{
	System: "schedule", Name: "serializability",
	Text: `When is a schedule conflict serializable? All interleavings of three small transactions are judged in
three ways: by the precedence graph, by trying every serial order for one that has all conflicts alike, and by
swapping neighbours that do not conflict until the schedule is serial. They must agree; a topological order of
the graph, run serially on numbers, must show every transaction the same and leave the same values; a cycle must
consist of conflicts of the schedule.`,
	Canon: []string{
		"schedule.serializable.conflict", "schedule.precedence-graph.acyclic-iff", "schedule.conflict.definition",
	},
	Sometimes: []string{"serializable, not serial", "not serializable", "a cycle of three"},
	Ask: func(r *Run) error {
		return r.all(r.Transactions(3, 3, false), 25, func(s schedule.Schedule) error {
			order, cycle := s.ConflictSerializable()
			if orders, swaps := byOrders(s), bySwaps(s); (order != nil) != orders || orders != swaps {
				return fmt.Errorf("%v: by the graph %v (%v), by trying all orders %v, by swaps %v", s, order != nil, cycle, orders, swaps)
			}
			r.Marks.Sometimes("not serializable", order == nil)
			r.Marks.Sometimes("a cycle of three", len(cycle) == 3)
			if order == nil {
				return closed(s, cycle)
			}
			r.Marks.Sometimes("serializable, not serial", !s.IsSerial())
			values := r.initial()
			if serial := s.Serial(order); !Execute(s, values).Same(Execute(serial, values)) {
				return fmt.Errorf("%v, run as %v, has another result from %v", s, serial, values)
			}
			return nil
		})
	},
}.Register()

// all judges interleavings of transactions: every one if they are few, and that
// many drawn ones otherwise.
func (r *Run) all(txns []schedule.Schedule, most int, judge func(schedule.Schedule) error) error {
	count := 0
	for s := range schedule.Interleavings(txns...) {
		if count++; count > most {
			break
		}
		if err := judge(s); err != nil {
			return err
		}
		r.Say(s)
	}
	for i := 0; i < most && count > most && !r.Cut(); i++ {
		s := r.Interleave(txns)
		if err := judge(s); err != nil {
			return err
		}
		r.Say(s)
	}
	return nil
}

// closed checks that a cycle is one of conflicts that the schedule has.
func closed(s schedule.Schedule, c schedule.Cycle) error {
	for i, e := range c {
		next := c[(i+1)%len(c)]
		if !collide(e.First, e.Second) || e.Second.Txn != next.First.Txn || !inOrder(s, e) {
			return fmt.Errorf("%v: %v is no cycle of its conflicts", s, c)
		}
	}
	if len(c) == 0 {
		return fmt.Errorf("%v is not serializable, and no cycle is shown", s)
	}
	return nil
}

func inOrder(s schedule.Schedule, e schedule.Edge) bool {
	for i, o := range s {
		if o == e.First {
			for _, p := range s[i+1:] {
				if p == e.Second {
					return true
				}
			}
		}
	}
	return false
}
