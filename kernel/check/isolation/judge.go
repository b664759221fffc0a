package isolation

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/check"
)

// Judge decides whether a history keeps a level. It takes time and memory linear
// in the history, lists included, but for keys with many versions of unknown
// order.
func Judge(h History, l Level, o Options) check.Judgement {
	j := check.Judgement{Judge: l.String(), Operations: len(h)}
	x, err := analyze(h, o)
	if err != nil {
		j.Why = err.Error()
		return j
	}
	s := &specs[l]
	for _, a := range x.anomalies {
		if s.forbids(a) {
			j.Verdict, j.Why = check.Violation, a.String()
			return j
		}
	}
	if a, bad := x.cycle(s); bad {
		j.Verdict, j.Why = check.Violation, a.String()
		return j
	}
	j.Verdict = check.OK
	if place := x.places(s); x.complete(place) {
		if a, bad := x.cycle(s); bad {
			j.Verdict = check.Unknown
			j.Why = fmt.Sprintf("nothing certain is wrong, but versions are missing whose order nothing tells; with one that was tried: %v", a)
		}
	}
	return j
}

// Anomalies returns what is certainly wrong with a history, whatever the level:
// all anomalies that are no cycles, and one cycle, of the worst class, for each
// component of the dependency graph, up to a bound.
func Anomalies(h History, o Options) ([]Anomaly, error) {
	const most = 32
	x, err := analyze(h, o)
	if err != nil {
		return nil, err
	}
	found := x.anomalies
	mask := specs[StrictSerializable].mask
	g := x.graphOf(mask)
	for _, nodes := range components(g, mask) {
		if len(found) >= most {
			break
		}
		if name, cycle := newSearch(g, mask, nodes).worst(); cycle != nil {
			found = append(found, x.describe(name, cycle))
		}
	}
	return found, nil
}

// cycle returns a cycle that a level forbids.
func (x *analysis) cycle(s *spec) (Anomaly, bool) {
	g := x.graphOf(s.mask)
	nodes := component(g, s.mask)
	if s.nonadjacent && nodes != nil {
		nodes = transactions(component(product(g, s.mask), s.mask))
	}
	if nodes == nil {
		return Anomaly{}, false
	}
	name, cycle := newSearch(g, s.mask, nodes).worst()
	if cycle == nil {
		return Anomaly{Name: "cycle", Txns: nodes, Why: fmt.Sprintf("a cycle among %d transactions", len(nodes))}, true
	}
	return x.describe(name, cycle), true
}

// transactions returns the nodes of a graph from those of its product.
func transactions(nodes []int) (txns []int) {
	for _, n := range nodes {
		if len(txns) == 0 || txns[len(txns)-1] != n/2 {
			txns = append(txns, n/2)
		}
	}
	return txns
}

// places orders transactions as a level's condition allows.
func (x *analysis) places(s *spec) []int {
	g := x.graphOf(s.mask)
	place := make([]int, g.Nodes())
	order, ok := g.Order(s.mask)
	halves := 1
	if !ok {
		order, _ = product(g, s.mask).Order(s.mask)
		halves = 2
	}
	for i, n := range order {
		if n%halves == 0 {
			place[n/halves] = i
		}
	}
	return place
}
