package digraph_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/blocks/digraph"
)

const (
	wrote digraph.Kind = 1 << iota
	read
)

func Example() {
	g := digraph.New(3)
	g.Add(2, 0, wrote)
	g.Add(0, 1, wrote)
	fmt.Println(g.Order(wrote))
	g.Add(1, 2, read)
	fmt.Println(g.Shortest(wrote|read), g.Shortest(wrote))
	// Output:
	// [2 0 1] true
	// [{0 1 1} {1 2 2} {2 0 1}] []
}

// draw returns a graph of up to nine nodes with edges of two kinds.
func draw(t *rapid.T) *digraph.Graph {
	n := rapid.IntRange(1, 9).Draw(t, "nodes")
	g := digraph.New(n)
	for range rapid.IntRange(0, 2*n).Draw(t, "edges") {
		node := rapid.IntRange(0, n-1)
		g.Add(node.Draw(t, "from"), node.Draw(t, "to"), digraph.Kind(rapid.IntRange(1, 3).Draw(t, "kind")))
	}
	return g
}

// reach is the transitive closure by Warshall's algorithm: paths of one step or
// more.
func reach(g *digraph.Graph, mask digraph.Kind) [][]bool {
	n := g.Nodes()
	to := make([][]bool, n)
	for i := range to {
		to[i] = make([]bool, n)
		for _, e := range g.Out(i) {
			to[i][e.To] = to[i][e.To] || e.Kind.Has(mask)
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				to[i][j] = to[i][j] || to[i][k] && to[k][j]
			}
		}
	}
	return to
}

func TestComponentsAreMutualReachability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t)
		component, sizes := g.Components(wrote)
		to := reach(g, wrote)
		count := make([]int32, len(sizes))
		for i := range to {
			count[component[i]]++
			for j := range to {
				if same := i == j || to[i][j] && to[j][i]; same != (component[i] == component[j]) {
					t.Fatalf("nodes %d and %d: one component %v, want %v", i, j, !same, same)
				}
				if to[i][j] && component[i] < component[j] {
					t.Fatalf("%d leads to %d, but is numbered below it", i, j)
				}
			}
		}
		if !slices.Equal(count, sizes) {
			t.Fatalf("sizes %v, want %v", sizes, count)
		}
	})
}

func TestAnOrderExistsExactlyWithoutACycle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t)
		order, ok := g.Order(read)
		cyclic := false
		for i, row := range reach(g, read) {
			cyclic = cyclic || row[i]
		}
		if ok == cyclic || (g.Shortest(read) != nil) != cyclic {
			t.Fatalf("order %v, shortest cycle %v, cyclic %v", ok, g.Shortest(read), cyclic)
		}
		if !ok {
			return
		}
		at := make([]int, len(order))
		for i, node := range order {
			at[node] = i
		}
		for i := range at {
			for _, e := range g.Out(i) {
				if e.Kind.Has(read) && at[i] >= at[e.To] {
					t.Fatalf("edge %d to %d against the order %v", i, e.To, order)
				}
			}
		}
	})
}

// Every path is one, and no shorter one exists: distances grow by relaxation.
func TestPathsAreShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t)
		s := digraph.NewSearch(g)
		for from := range g.Nodes() {
			for to, want := range distances(g, from, wrote) {
				path := s.Path(from, to, wrote, nil)
				if (path != nil) != (want >= 0) || path != nil && len(path) != want {
					t.Fatalf("from %d to %d: %v, want %d steps", from, to, path, want)
				}
				at := from
				for _, step := range path {
					if step.From != at || !step.Kind.Has(wrote) {
						t.Fatalf("%v is no path of the mask", path)
					}
					at = step.To
				}
			}
		}
	})
}

func distances(g *digraph.Graph, from int, mask digraph.Kind) []int {
	d := make([]int, g.Nodes())
	for i := range d {
		d[i] = -1
	}
	d[from] = 0
	for range d {
		for i := range d {
			for _, e := range g.Out(i) {
				if e.Kind.Has(mask) && d[i] >= 0 && (d[e.To] < 0 || d[i]+1 < d[e.To]) {
					d[e.To] = d[i] + 1
				}
			}
		}
	}
	return d
}

// A long chain must not exhaust a stack.
func TestAMillionNodesInOneCycle(t *testing.T) {
	const n = 1 << 20
	g := digraph.New(n)
	for i := range n {
		g.Add(i, (i+1)%n, wrote)
	}
	if _, sizes := g.Components(wrote); len(sizes) != 1 || sizes[0] != n {
		t.Errorf("%d components", len(sizes))
	}
}

func BenchmarkComponents(b *testing.B) {
	const n = 100_000
	g := digraph.New(n)
	for i := range n {
		for _, step := range []int{1, 7, 30} {
			g.Add(i, min(i+step, n-1), wrote)
		}
	}
	for b.Loop() {
		g.Components(wrote)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.Edges()), "ns/edge")
}
