package flp

import "fmt"

// Commutes checks Lemma 1 on every vertex: two events of different processes that
// are both possible lead to the same configuration in either order.
func (g *Graph) Commutes() error {
	for _, v := range g.nodes {
		for i, a := range v.next {
			for _, b := range v.next[:i] {
				if a.event.P == b.event.P {
					continue
				}
				ab, first := g.nodes[a.to].c.Apply(b.event)
				ba, second := g.nodes[b.to].c.Apply(a.event)
				if !first || !second || ab.key() != ba.key() {
					return fmt.Errorf("flp: %v and %v do not commute", a.event, b.event)
				}
			}
		}
	}
	return nil
}

// Link is two initial configurations that differ in the input of one process.
type Link struct {
	A, B    []Value
	Differs Process
	// Can is what can be decided from A and from B.
	CanA, CanB Values
	// Silent is what can be decided from A if the process that differs takes no
	// step: from B it is the same, since nobody can tell.
	Silent Values
}

// Chain returns all neighbours among the initial configurations, with what can
// become of each (Lemma 2). The second result says whether all was explored to
// its end.
func Chain(p Protocol, limit int) (links []Link, complete bool) {
	complete = true
	n := p.N()
	graphs := make([]*Graph, 1<<n)
	for i := range graphs {
		graphs[i] = Explore(Initial(p, Inputs(n, i)), limit)
		complete = complete && graphs[i].Complete
	}
	can := func(i int) Values {
		return graphs[i].Valency() | Outcomes(Initial(p, Inputs(n, i)))
	}
	for i := range graphs {
		for q := range Process(n) {
			j := i | 1<<q
			if j == i {
				continue
			}
			c := Initial(p, Inputs(n, i))
			//parley:rule flp.proof.bivalent-initial-state value=Explore(c,limit)
			silent := ExploreWithout(c, q, limit)
			complete = complete && silent.Complete
			links = append(links, Link{Inputs(n, i), Inputs(n, j), q, can(i), can(j), silent.Valency() | c.without(q)})
		}
	}
	return links, complete
}

// without returns what runs decide in which a process takes no step.
func (c *Configuration) without(silent Process) Values {
	found := Nothing
next:
	for _, order := range orders(c.n) {
		for _, p := range order {
			if p == silent {
				continue next
			}
		}
		found |= c.run(order).Decisions()
	}
	return found
}

// Critical is a bivalent configuration that some event makes univalent, whatever
// comes before the event: Lemma 3 does not hold there. Then the process of the
// event decides alone, and its crash there leaves the others stuck.
type Critical struct {
	Schedule Schedule // that leads to it
	Event    Event
	// Blocked tells whether, in some configuration on the way to the event,
	// the others never decide without the process.
	Blocked bool
}

// Stay looks at every bivalent vertex of a complete graph and every event that is
// possible there. It returns how many of these pairs allow for a schedule that ends in
// the event and is bivalent, and the pairs that do not.
func (g *Graph) Stay(limit int) (stay int, critical []Critical) {
	for i := range g.nodes {
		if g.nodes[i].valid != Bivalent {
			continue
		}
		for _, e := range g.nodes[i].next {
			reach, bivalent := g.before(i, e.event)
			if bivalent {
				stay++
				continue
			}
			c := Critical{Schedule: g.schedule(i), Event: e.event}
			for _, at := range reach {
				alone := ExploreWithout(g.nodes[at].c, e.event.P, limit)
				c.Blocked = c.Blocked || alone.blocked(-1) >= 0
			}
			critical = append(critical, c)
		}
	}
	return stay, critical
}

// before returns what can be reached from a vertex without an event, and whether
// the event leads from there to a bivalent one.
func (g *Graph) before(from int, e Event) (reach []int, bivalent bool) {
	seen := map[int]bool{from: true}
	reach = []int{from}
	for i := 0; i < len(reach); i++ {
		for _, edge := range g.nodes[reach[i]].next {
			if edge.event.String() == e.String() {
				bivalent = bivalent || g.nodes[edge.to].valid == Bivalent
				continue
			}
			if !seen[edge.to] {
				seen[edge.to] = true
				reach = append(reach, edge.to)
			}
		}
	}
	return reach, bivalent
}
