package digraph

// Components gives each node the number of its strongly connected component by
// the edges of mask. Numbers count from 0 in reverse topological order: an edge
// between two components leads to the smaller number. sizes holds how many
// nodes each has; cycles exist exactly within components of two nodes or more,
// and at nodes with an edge to themselves.
func (g *Graph) Components(mask Kind) (component []int32, sizes []int32) {
	t := &tarjan{g: g, mask: mask, number: make([]int32, len(g.out)), low: make([]int32, len(g.out)), component: make([]int32, len(g.out))}
	for i := range t.component {
		t.component[i] = none
	}
	for root := range g.out {
		if t.number[root] == 0 {
			t.search(int32(root))
		}
	}
	return t.component, t.sizes
}

const none = -1

// tarjan is a depth-first search that keeps its own stack of calls.
type tarjan struct {
	g           *Graph
	mask        Kind
	number, low []int32 // 0: not visited
	component   []int32
	sizes       []int32
	count       int32
	open        []int32 // visited nodes whose component is not known yet
	calls       []call
}

type call struct{ node, next int32 }

func (t *tarjan) search(root int32) {
	t.enter(root)
	for len(t.calls) > 0 {
		c := &t.calls[len(t.calls)-1]
		if int(c.next) == len(t.g.out[c.node]) {
			t.leave(c.node)
			continue
		}
		e := t.g.out[c.node][c.next]
		c.next++
		switch {
		case !e.Kind.Has(t.mask):
		case t.number[e.To] == 0:
			t.enter(e.To)
		case t.component[e.To] == none:
			t.low[c.node] = min(t.low[c.node], t.number[e.To])
		}
	}
}

func (t *tarjan) enter(node int32) {
	t.count++
	t.number[node], t.low[node] = t.count, t.count
	t.open = append(t.open, node)
	t.calls = append(t.calls, call{node: node})
}

func (t *tarjan) leave(node int32) {
	t.calls = t.calls[:len(t.calls)-1]
	if len(t.calls) > 0 {
		caller := t.calls[len(t.calls)-1].node
		t.low[caller] = min(t.low[caller], t.low[node])
	}
	if t.low[node] < t.number[node] {
		return
	}
	size := int32(0)
	for member := int32(none); member != node; size++ {
		member = t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.component[member] = int32(len(t.sizes))
	}
	t.sizes = append(t.sizes, size)
}
