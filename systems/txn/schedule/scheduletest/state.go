package scheduletest

import (
	"fmt"
	"maps"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

// State is a database of numbers, and what transactions saw of it.
type State struct {
	Values map[string]int
	Saw    map[schedule.Txn]string
	sums   map[schedule.Txn]int
}

// Execute runs the reads and writes of a schedule on numbers. A write stores
// what depends on its transaction, on how far that is, and on all that it has
// read.
func Execute(s schedule.Schedule, initial map[string]int) *State {
	d := &State{Values: maps.Clone(initial), Saw: map[schedule.Txn]string{}, sums: map[schedule.Txn]int{}}
	for _, o := range s {
		switch o.Kind {
		case schedule.Read:
			d.Saw[o.Txn] += fmt.Sprint(o.Item, "=", d.Values[o.Item], " ")
			d.sums[o.Txn] = d.sums[o.Txn]*31 + d.Values[o.Item] + 7
		case schedule.Write:
			d.sums[o.Txn] = d.sums[o.Txn]*31 + int(o.Txn)
			d.Values[o.Item] = d.sums[o.Txn]
		}
	}
	return d
}

// Same tells whether two runs left the same values, and showed the same to all
// transactions.
func (d *State) Same(e *State) bool {
	return maps.Equal(d.Values, e.Values) && maps.Equal(d.Saw, e.Saw)
}

// initial draws values.
func (r *Run) initial() map[string]int {
	values := map[string]int{}
	for _, item := range items {
		values[item] = r.IntN(1000)
	}
	return values
}
