package flp

import "slices"

// Graph is the configurations that can be reached from an initial one, the nearer
// ones first.
type Graph struct {
	// Complete tells whether there are no others.
	Complete bool

	nodes  []vertex
	index  map[key]int
	silent Process // takes no step; -1 for none
}

type vertex struct {
	c     *Configuration
	from  int // the vertex before on a shortest schedule, -1 for the first
	by    Event
	next  []edge
	valid Values // what can be decided from here, within the graph
}

type edge struct {
	event Event
	to    int
}

// Explore visits what can be reached from c, and stops at limit configurations.
func Explore(c *Configuration, limit int) *Graph { return explore(c, limit, -1) }

// ExploreWithout does so with one process crashed in c.
func ExploreWithout(c *Configuration, silent Process, limit int) *Graph {
	return explore(c, limit, silent)
}

func explore(c *Configuration, limit int, silent Process) *Graph {
	g := &Graph{index: map[key]int{}, silent: silent, Complete: true}
	g.add(c, -1, Event{})
	for i := 0; i < len(g.nodes); i++ {
		if len(g.nodes) > limit {
			g.Complete = false
			break
		}
		for _, e := range g.nodes[i].c.Events() {
			if e.P == silent {
				continue
			}
			next, _ := g.nodes[i].c.Apply(e)
			to := g.add(next, i, e)
			g.nodes[i].next = append(g.nodes[i].next, edge{e, to})
		}
	}
	g.valency()
	return g
}

func (g *Graph) add(c *Configuration, from int, by Event) int {
	k := c.key()
	if at, known := g.index[k]; known {
		return at
	}
	g.index[k] = len(g.nodes)
	g.nodes = append(g.nodes, vertex{c: c, from: from, by: by, valid: c.Decisions()})
	return len(g.nodes) - 1
}

// valency carries decisions back to where they can still be reached from.
func (g *Graph) valency() {
	before := g.predecessors(-1)
	var work []int
	for i, v := range g.nodes {
		if v.valid != Nothing {
			work = append(work, i)
		}
	}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		for _, p := range before[i] {
			if all := g.nodes[p].valid | g.nodes[i].valid; all != g.nodes[p].valid {
				g.nodes[p].valid = all
				work = append(work, p)
			}
		}
	}
}

// predecessors lists, for each vertex, those before it by steps of any process
// but one.
func (g *Graph) predecessors(without Process) [][]int {
	before := make([][]int, len(g.nodes))
	for i, v := range g.nodes {
		for _, e := range v.next {
			if e.event.P != without {
				before[e.to] = append(before[e.to], i)
			}
		}
	}
	return before
}

// Len returns the number of configurations.
func (g *Graph) Len() int { return len(g.nodes) }

// Valency returns what can be decided from the first configuration: exactly in a
// complete graph, else at least.
func (g *Graph) Valency() Values { return g.nodes[0].valid }

// Bivalent returns how many configurations are bivalent.
func (g *Graph) Bivalent() (n int) {
	for _, v := range g.nodes {
		if v.valid == Bivalent {
			n++
		}
	}
	return n
}

// schedule returns how a vertex is reached.
func (g *Graph) schedule(to int) Schedule {
	var s Schedule
	for ; g.nodes[to].from >= 0; to = g.nodes[to].from {
		s = append(s, g.nodes[to].by)
	}
	slices.Reverse(s)
	return s
}

// first returns the first vertex of which something holds, or -1.
func (g *Graph) first(holds func(*Configuration) bool) int {
	return slices.IndexFunc(g.nodes, func(v vertex) bool { return holds(v.c) })
}

// blocked returns a vertex from which nobody ever decides once a process has
// crashed there, or -1. The graph must be complete.
func (g *Graph) blocked(crashed Process) int {
	can := make([]bool, len(g.nodes))
	before := g.predecessors(crashed)
	var work []int
	for i, v := range g.nodes {
		if v.c.Decisions() != Nothing {
			can[i] = true
			work = append(work, i)
		}
	}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		for _, p := range before[i] {
			if !can[p] {
				can[p] = true
				work = append(work, p)
			}
		}
	}
	return slices.Index(can, false)
}
