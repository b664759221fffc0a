package isolation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleysystems/parley/blocks/digraph"
)

// Name is what an anomaly is called. Those of cycles may end in -process or
// -realtime.
type Name string

// The names.
const (
	G0           Name = "G0"
	G1a          Name = "G1a"
	G1b          Name = "G1b"
	G1c          Name = "G1c"
	GSingle      Name = "G-single"
	LostUpdate   Name = "lost update"
	GNonadjacent Name = "G-nonadjacent"
	LongFork     Name = "long fork"
	G2Item       Name = "G2-item"
	G2           Name = "G2"
	// Internal is a read that contradicts what its own transaction wrote.
	Internal Name = "internal"
	// Garbage is a read of what nobody wrote.
	Garbage Name = "garbage read"
	// Incompatible are two lists of one key of which none begins the other, or
	// one that holds a value twice: no order of versions explains them.
	Incompatible Name = "incompatible order"
)

// Anomaly is a way in which a history is not isolated, with its witness.
type Anomaly struct {
	Name Name
	// Txns are the transactions that show it; of a cycle in its order.
	Txns []int
	// Why explains it in a few lines.
	Why string

	cycle []digraph.Step
}

func (a Anomaly) String() string { return fmt.Sprintf("%s: %s", a.Name, a.Why) }

// forbids tells whether a level rules out an anomaly that is no cycle.
func (s *spec) forbids(a Anomaly) bool {
	if a.Name == LostUpdate {
		return s.lostUpdate
	}
	return s.dirtyReads
}

// describe renders a cycle: the transactions, then what orders each two.
func (x *analysis) describe(name Name, cycle []digraph.Step) Anomaly {
	cycle = merged(cycle)
	a := Anomaly{Name: name, cycle: cycle}
	var b strings.Builder
	fmt.Fprintf(&b, "a cycle of %d transactions\n", len(cycle))
	for _, step := range cycle {
		a.Txns = append(a.Txns, step.From)
	}
	for _, t := range sorted(a.Txns) {
		fmt.Fprintf(&b, "  T%d: %v\n", t, &x.h[t])
	}
	for i, step := range cycle {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "  T%d before T%d: %s", step.From, step.To, x.reason(step))
	}
	a.Why = b.String()
	return a
}

func sorted(txns []int) []int { return slices.Sorted(slices.Values(txns)) }

// merged replaces neighbours in time by one step: their order is transitive,
// and the graph holds only its steps.
func merged(cycle []digraph.Step) []digraph.Step {
	for i := 0; len(cycle) > 2 && i < len(cycle); i++ {
		next := (i + 1) % len(cycle)
		if k := cycle[i].Kind & cycle[next].Kind; cycle[i].Kind.Has(process|realtime) && k != 0 {
			cycle[i].To, cycle[i].Kind = cycle[next].To, k
			cycle = slices.Delete(cycle, next, next+1)
			if next == 0 { // the first was taken into the last
				return merged(cycle)
			}
			i--
		}
	}
	return cycle
}
