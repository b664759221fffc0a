package check

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/workload"
)

// witness adds to an object why the answer that is stuck fits nowhere: the
// operation after which it would have fitted, and the one that came in between.
// ops are all operations, by ID.
//
// The answer is legal in some states of that order, or in none. If the latest
// such state were the last one, or if what follows it had not returned before
// the call, the operation could stand right there; so one of them had.
func (o *Object) witness(m witnessed, ops []Interval) {
	stuck := &ops[o.Stuck]
	o.Witness = []int{o.Stuck}
	fits := -1 // place in the order, after which the answer fits; -1 for the beginning
	for n := len(o.Order); n >= 0; n-- {
		if m.legal(n) {
			fits = n - 1
			break
		}
		if n == 0 {
			o.Reason = fmt.Sprintf("No state up to then fits the answer of #%d.", o.Stuck)
			if len(o.Order) > 0 {
				o.Witness = []int{o.Order[len(o.Order)-1], o.Stuck}
			}
			return
		}
	}
	id, found := o.between(fits, ops)
	if !found {
		return
	}
	first := "The answer fits the state at the beginning"
	o.Witness = []int{id, o.Stuck}
	for fits >= 0 && m.unchanged(fits) {
		fits-- // a read leaves the state as it was
	}
	if fits >= 0 {
		o.Witness = []int{o.Order[fits], id, o.Stuck}
		first = fmt.Sprintf("The answer fits the state that #%d (%s) leaves", o.Order[fits], ops[o.Order[fits]].Text)
	}
	o.Reason = fmt.Sprintf("%s. But #%d (%s) comes after that, and had returned at %s, before #%d was called at %s.",
		first, id, ops[id].Text, seconds(ops[id].Return), o.Stuck, seconds(stuck.Call))
}

// between returns an operation that comes after a place in the order and had
// returned before the stuck one was called: if there is one, one that was called
// when the operation at that place had returned, so that every order has them so.
func (o *Object) between(place int, ops []Interval) (id int, found bool) {
	for _, next := range o.Order[place+1:] {
		if ops[next].Outcome != workload.OK || ops[next].Return >= ops[o.Stuck].Call {
			continue
		}
		id, found = next, true
		if place >= 0 && ops[o.Order[place]].Outcome == workload.OK && ops[o.Order[place]].Return < ops[next].Call {
			break
		}
	}
	return id, found
}

// witnessed answers whether the stuck operation's answer is legal after the first
// n operations of an order, and whether the n-th, counted from 0, changed nothing.
type witnessed interface {
	legal(n int) bool
	unchanged(n int) bool
}

// after is the states that an order leads through, the initial one first.
type after[S comparable, In, Out any] struct {
	m      Model[S, In, Out]
	states []S
	stuck  *workload.Operation[In, Out]
}

func (a after[S, In, Out]) legal(n int) bool {
	_, legal := a.m.Step(a.states[n], a.stuck.In, output(a.stuck))
	return legal
}

func (a after[S, In, Out]) unchanged(n int) bool { return a.states[n] == a.states[n+1] }
