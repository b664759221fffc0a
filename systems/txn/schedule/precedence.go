package schedule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleysystems/parley/blocks/digraph"
)

// The kinds of conflict, by what comes first: an edge s to t of kind RW says that
// s read what t wrote later.
const (
	WW digraph.Kind = 1 << iota
	WR
	RW

	conflicts = WW | WR | RW
)

// Edge is an edge of the precedence graph with the operations that cause it.
type Edge struct {
	First, Second Op
}

func (e Edge) String() string { return fmt.Sprintf("%v before %v", e.First, e.Second) }

// Precedence is the precedence graph of a schedule: an edge from s to t whenever
// an operation of s precedes and conflicts with one of t.
type Precedence struct {
	Txns  []Txn  // the nodes, in the order of their numbers
	Edges []Edge // at most one for each two transactions and kind of conflict

	graph *digraph.Graph
	why   map[digraph.Step]Edge
}

// Precedence returns the graph of the transactions that do not abort.
func (s Schedule) Precedence() *Precedence {
	s = s.Surviving()
	p := &Precedence{Txns: s.Txns(), why: map[digraph.Step]Edge{}}
	p.graph = digraph.New(len(p.Txns))
	for i, a := range s {
		for _, b := range s[i+1:] {
			//parley:rule schedule.precedence-graph.acyclic-iff value=a.Kind == Write && a.Conflicts(b)
			//parley:rule schedule.precedence-graph.acyclic-iff value=!(a.Kind == Write && b.Kind == Read) && a.Conflicts(b)
			if a.Conflicts(b) {
				p.add(a, b)
			}
		}
	}
	return p
}

func (p *Precedence) add(a, b Op) {
	step := digraph.Step{From: p.node(a.Txn), To: p.node(b.Txn), Kind: kindOf(a, b)}
	if _, known := p.why[step]; known {
		return
	}
	p.why[step] = Edge{a, b}
	p.Edges = append(p.Edges, Edge{a, b})
	p.graph.Add(step.From, step.To, step.Kind)
}

func (p *Precedence) node(t Txn) int {
	i, _ := slices.BinarySearch(p.Txns, t)
	return i
}

func kindOf(a, b Op) digraph.Kind {
	switch {
	case a.Kind == Read:
		return RW
	case b.Kind == Read:
		return WR
	}
	return WW
}

// Order returns a topological order of the graph, the least numbers first, or
// reports that a cycle prevents one.
func (p *Precedence) Order() ([]Txn, bool) {
	nodes, ok := p.graph.Order(conflicts)
	if !ok {
		return nil, false
	}
	order := make([]Txn, len(nodes))
	for i, n := range nodes {
		order[i] = p.Txns[n]
	}
	return order, true
}

// Cycle is edges each of which begins where the one before ends, and the first
// where the last does.
type Cycle []Edge

func (c Cycle) String() string {
	if len(c) == 0 {
		return ""
	}
	var b strings.Builder
	for _, e := range c {
		fmt.Fprintf(&b, "T%d -> ", e.First.Txn)
	}
	fmt.Fprintf(&b, "T%d", c[0].First.Txn)
	return b.String()
}

// Cycle returns a shortest cycle, or nil.
func (p *Precedence) Cycle() Cycle {
	var c Cycle
	for _, step := range p.graph.Shortest(conflicts) {
		c = append(c, p.why[step])
	}
	return c
}

// ConflictSerializable returns an equivalent serial order, or a shortest cycle of
// the precedence graph, which shows that there is none.
func (s Schedule) ConflictSerializable() ([]Txn, Cycle) {
	p := s.Precedence()
	if order, ok := p.Order(); ok {
		return order, nil
	}
	return nil, p.Cycle()
}
