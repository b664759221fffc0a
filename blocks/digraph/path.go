package digraph

// Search looks for shortest paths. It keeps its memory from one question to the
// next, and the time of a question depends on what it visits only.
type Search struct {
	g       *Graph
	came    []Step // how a node was reached
	visited []uint32
	round   uint32
	queue   []int32
	// Visits counts the edges looked at so far, so that a user who asks often can
	// bound the whole.
	Visits int
}

// NewSearch returns a search on g, which may still grow edges but not nodes.
func NewSearch(g *Graph) *Search {
	return &Search{g: g, came: make([]Step, len(g.out)), visited: make([]uint32, len(g.out))}
}

// Path returns a shortest path of edges of mask, from one node to another, that
// visits only nodes that within accepts (nil: all); nil if there is none. From a
// node to itself that is the empty path.
func (s *Search) Path(from, to int, mask Kind, within func(node int32) bool) []Step {
	if from == to {
		return []Step{}
	}
	return s.find(from, to, mask, within)
}

// Loop returns a shortest cycle through a node, as Path does, or nil.
func (s *Search) Loop(node int, mask Kind, within func(node int32) bool) []Step {
	return s.find(node, node, mask, within)
}

// find returns a shortest path of at least one step.
func (s *Search) find(from, to int, mask Kind, within func(node int32) bool) []Step {
	s.round++
	s.queue = append(s.queue[:0], int32(from))
	s.visited[from] = s.round
	for i := 0; i < len(s.queue); i++ {
		node := s.queue[i]
		for _, e := range s.g.out[node] {
			s.Visits++
			arrived := int(e.To) == to
			if !e.Kind.Has(mask) || s.visited[e.To] == s.round && !arrived || within != nil && !within(e.To) {
				continue
			}
			s.visited[e.To] = s.round
			s.came[e.To] = Step{int(node), int(e.To), e.Kind}
			if arrived {
				return s.trace(from, to)
			}
			s.queue = append(s.queue, e.To)
		}
	}
	return nil
}

func (s *Search) trace(from, to int) []Step {
	back := []Step{s.came[to]}
	for node := s.came[to].From; node != from; node = s.came[node].From {
		back = append(back, s.came[node])
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}

// Cycle returns a shortest cycle that begins with the given edge and goes on by
// edges of mask, or nil.
func (s *Search) Cycle(first Step, mask Kind, within func(node int32) bool) []Step {
	rest := s.Path(first.To, first.From, mask, within)
	if rest == nil {
		return nil
	}
	return append([]Step{first}, rest...)
}

// Shortest returns a shortest cycle of edges of mask, or nil: the one of the
// least first node among those of that length. It takes time up to the number
// of nodes times that of edges, so it suits small graphs.
func (g *Graph) Shortest(mask Kind) (cycle []Step) {
	s := NewSearch(g)
	for node := range g.out {
		found := s.Loop(node, mask, nil)
		if found != nil && (cycle == nil || len(found) < len(cycle)) {
			cycle = found
		}
	}
	return cycle
}
