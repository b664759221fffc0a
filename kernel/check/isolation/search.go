package isolation

import (
	"github.com/parleysystems/parley/blocks/digraph"
)

// budget bounds the edges that are looked at to find a short cycle and its worst
// name. A verdict does not depend on it: that there is a cycle is decided in
// linear time.
const budget = 20_000_000

// product is the graph in which a walk remembers whether its last edge was rw,
// and takes no second one then. Its cycles are those without two rw in a row:
// node 2n is n after another edge, 2n+1 n after rw. A shortest one visits no
// transaction twice.
func product(g *digraph.Graph, mask digraph.Kind) *digraph.Graph {
	p := digraph.New(2 * g.Nodes())
	for n := range g.Nodes() {
		for _, e := range g.Out(n) {
			switch {
			case !e.Kind.Has(mask):
			case e.Kind.Has(rw | predicate):
				p.Add(2*n, 2*int(e.To)+1, e.Kind)
			default:
				p.Add(2*n, 2*int(e.To), e.Kind)
				p.Add(2*n+1, 2*int(e.To), e.Kind)
			}
		}
	}
	return p
}

// component returns the nodes of the smallest component with a cycle, nil if
// there is none.
func component(g *digraph.Graph, mask digraph.Kind) []int {
	all := components(g, mask)
	var least []int
	for _, c := range all {
		if least == nil || len(c) < len(least) {
			least = c
		}
	}
	return least
}

// components returns the nodes of all components with a cycle.
func components(g *digraph.Graph, mask digraph.Kind) (all [][]int) {
	of, sizes := g.Components(mask)
	index := make([]int, len(sizes))
	for n, c := range of {
		if sizes[c] < 2 {
			continue
		}
		if index[c] == 0 {
			all = append(all, nil)
			index[c] = len(all)
		}
		all[index[c]-1] = append(all[index[c]-1], n)
	}
	return all
}

// search names the worst cycle among some transactions.
type search struct {
	g      *digraph.Graph
	mask   digraph.Kind
	nodes  []int
	member []bool
	paths  *digraph.Search
}

func newSearch(g *digraph.Graph, mask digraph.Kind, nodes []int) *search {
	s := &search{g: g, mask: mask, nodes: nodes, member: make([]bool, g.Nodes()), paths: digraph.NewSearch(g)}
	for _, n := range nodes {
		s.member[n] = true
	}
	return s
}

func (s *search) within(n int32) bool { return s.member[n] }

// worst returns the shortest cycle of the worst class that is found: first
// those of dependencies alone, then with the order of processes, then with real
// time.
func (s *search) worst() (Name, []digraph.Step) {
	time := digraph.Kind(0)
	for _, v := range []struct {
		kind   digraph.Kind
		suffix Name
	}{{0, ""}, {process, "-process"}, {realtime, "-realtime"}} {
		if v.kind != 0 && !s.mask.Has(v.kind) {
			continue
		}
		time |= v.kind
		if name, cycle := s.class(time & s.mask); cycle != nil {
			return name + v.suffix, cycle
		}
	}
	return "", nil
}

// class tries the classes from the worst on, with some edges of time allowed.
func (s *search) class(time digraph.Kind) (Name, []digraph.Step) {
	anti := s.mask & (rw | predicate)
	if c := s.shortest(time | s.mask&ww); c != nil {
		return G0, c
	}
	if c := s.shortest(time | s.mask&(ww|wr)); c != nil {
		return G1c, c
	}
	if anti == 0 {
		return "", nil
	}
	if c := s.through(anti, time|s.mask&(ww|wr)); c != nil {
		return GSingle, c
	}
	if c := s.nonadjacent(time | s.mask&(ww|wr) | anti); c != nil {
		if isLongFork(c) {
			return LongFork, c
		}
		return GNonadjacent, c
	}
	if c := s.through(rw, time|s.mask&(ww|wr|rw)); c != nil {
		return G2Item, c
	}
	if c := s.through(anti, time|s.mask&(ww|wr)|anti); c != nil {
		return G2, c
	}
	return "", nil
}

// shortest returns a short cycle of edges of mask among the transactions.
func (s *search) shortest(mask digraph.Kind) (cycle []digraph.Step) {
	start := s.paths.Visits
	for _, n := range s.nodes {
		if found := s.paths.Loop(n, mask, s.within); found != nil && (cycle == nil || len(found) < len(cycle)) {
			cycle = found
		}
		if len(cycle) == 2 || s.paths.Visits-start > budget {
			break
		}
	}
	return cycle
}

// through returns a short cycle of an edge of kind first, and then edges of
// mask.
func (s *search) through(first, mask digraph.Kind) (cycle []digraph.Step) {
	start := s.paths.Visits
	for _, n := range s.nodes {
		for _, e := range s.g.Out(n) {
			if !e.Kind.Has(first) || !s.member[e.To] {
				continue
			}
			found := s.paths.Cycle(digraph.Step{From: n, To: int(e.To), Kind: e.Kind}, mask, s.within)
			if found != nil && (cycle == nil || len(found) < len(cycle)) {
				cycle = found
			}
			if len(cycle) == 2 || s.paths.Visits-start > budget {
				return cycle
			}
		}
	}
	return cycle
}

// nonadjacent returns a short cycle without two rw in a row.
func (s *search) nonadjacent(mask digraph.Kind) (cycle []digraph.Step) {
	paths := digraph.NewSearch(product(s.g, mask))
	within := func(n int32) bool { return s.member[n/2] }
	for _, n := range s.nodes {
		if found := paths.Loop(2*n, mask, within); found != nil && (cycle == nil || len(found) < len(cycle)) {
			cycle = found
		}
		if len(cycle) == 2 || paths.Visits > budget {
			break
		}
	}
	for i := range cycle {
		cycle[i].From /= 2
		cycle[i].To /= 2
	}
	return cycle
}

// isLongFork tells whether two writes are seen by two readers, by each without
// the other.
func isLongFork(cycle []digraph.Step) bool {
	if len(cycle) != 4 {
		return false
	}
	for i, s := range cycle {
		if s.Kind.Has(rw|predicate) == cycle[(i+1)%4].Kind.Has(rw|predicate) || !s.Kind.Has(wr|rw|predicate) {
			return false
		}
	}
	return true
}
