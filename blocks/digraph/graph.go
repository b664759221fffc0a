package digraph

import "math/bits"

// Kind is a set of properties of an edge, as bits.
type Kind uint16

// Has tells whether k and mask have a property in common.
func (k Kind) Has(mask Kind) bool { return k&mask != 0 }

// Len is the number of properties.
func (k Kind) Len() int { return bits.OnesCount16(uint16(k)) }

// Edge is an edge as its source sees it.
type Edge struct {
	To   int32
	Kind Kind
}

// Step is an edge with both ends.
type Step struct {
	From, To int
	Kind     Kind
}

// Graph is a directed graph. Parallel edges are kept.
type Graph struct {
	out   [][]Edge
	edges int
}

// New returns a graph of n nodes and no edges. n is below 1<<31.
func New(n int) *Graph { return &Graph{out: make([][]Edge, n)} }

// Nodes returns the number of nodes.
func (g *Graph) Nodes() int { return len(g.out) }

// Edges returns the number of edges.
func (g *Graph) Edges() int { return g.edges }

// Add adds an edge. Right after an equal one it adds nothing.
func (g *Graph) Add(from, to int, kind Kind) {
	edge := Edge{To: int32(to), Kind: kind}
	if n := len(g.out[from]); n > 0 && g.out[from][n-1] == edge {
		return
	}
	g.out[from] = append(g.out[from], edge)
	g.edges++
}

// Out returns the edges that leave a node, which the caller must not change.
func (g *Graph) Out(node int) []Edge { return g.out[node] }
