package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/parleysystems/parley/kernel/experiment"
)

// mark is a state that a campaign must have reached, and how often it was.
type mark struct {
	tally *experiment.Tally
	state string
}

func (m mark) share() float64 {
	return float64(m.tally.Marks[m.state]) / float64(max(m.tally.Runs, 1))
}

// writeMarks says in how many runs each such state was reached, the rarest first:
// what is rare may be missing from another campaign of that size.
func writeMarks(w io.Writer, r experiment.Report) error {
	var all []mark
	for _, t := range r.Tallies {
		for _, state := range t.Experiment.Sometimes {
			all = append(all, mark{t, state})
		}
	}
	slices.SortStableFunc(all, func(a, b mark) int { return cmp.Compare(a.share(), b.share()) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "reached in\tof runs\tmust be after\t  state")
	for _, m := range all {
		e := m.tally.Experiment
		fmt.Fprintf(t, "%d\t%d\t%d\t  %s: %s\n", m.tally.Marks[m.state], m.tally.Runs, expectedAfter(e), e.ID(), m.state)
	}
	return t.Flush()
}

// expectedAfter is how many runs must have reached every state.
func expectedAfter(e *experiment.Experiment) uint64 {
	if e.Once {
		return 1
	}
	return cmp.Or(e.Enough, 100)
}
