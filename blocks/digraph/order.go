package digraph

import "container/heap"

// Order returns the nodes such that every edge of mask leads onwards; among
// those that could come next, the least. It reports false if a cycle prevents
// it.
func (g *Graph) Order(mask Kind) ([]int, bool) {
	waits := make([]int, len(g.out))
	for _, edges := range g.out {
		for _, e := range edges {
			if e.Kind.Has(mask) {
				waits[e.To]++
			}
		}
	}
	ready := &least{}
	for node, n := range waits {
		if n == 0 {
			*ready = append(*ready, node) // ascending, hence a heap
		}
	}
	order := make([]int, 0, len(g.out))
	for ready.Len() > 0 {
		node := heap.Pop(ready).(int)
		order = append(order, node)
		for _, e := range g.out[node] {
			if !e.Kind.Has(mask) {
				continue
			}
			if waits[e.To]--; waits[e.To] == 0 {
				heap.Push(ready, int(e.To))
			}
		}
	}
	return order, len(order) == len(g.out)
}

type least []int

func (l least) Len() int           { return len(l) }
func (l least) Less(i, j int) bool { return l[i] < l[j] }
func (l least) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *least) Push(x any)        { *l = append(*l, x.(int)) }
func (l *least) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
