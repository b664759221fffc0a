package lock

import (
	"cmp"
	"slices"
)

// overlapping visits the items that may hold locks that overlap with a resource.
func (t *Table) overlapping(r Resource, visit func(*item)) {
	switch r.kind {
	case database:
		visit(&t.database)
	case key:
		if i, ok := t.keys.Get(r.from); ok {
			visit(i)
		}
		visit(&t.ranges)
	case span:
		t.keys.Ascend(r.from, func(k string, i *item) bool {
			if r.contains(k) {
				visit(i)
				return true
			}
			return false
		})
		visit(&t.ranges)
	}
}

// item returns the item that a resource's locks are kept at.
func (t *Table) item(r Resource) *item {
	switch r.kind {
	case database:
		return &t.database
	case span:
		return &t.ranges
	}
	i, ok := t.keys.Get(r.from)
	if !ok {
		i = new(item)
		t.keys.Set(r.from, i)
	}
	return i
}

// clean forgets the item of a key that nobody locks.
func (t *Table) clean(r Resource) {
	if r.kind == key {
		if i := t.item(r); len(i.held) == 0 && len(i.waiting) == 0 {
			t.keys.Delete(r.from)
		}
	}
}

// ahead is the order of a queue. Arrivals are unique.
func (q *request) ahead(p *request) int {
	if q.upgrade != p.upgrade {
		if q.upgrade {
			return -1
		}
		return 1
	}
	return cmp.Compare(q.arrival, p.arrival)
}

// blockers returns whom a request has to wait for: those who hold what is
// incompatible, and those ahead whom it would delay, or who would delay it.
// Some may be there twice.
func (t *Table) blockers(q *request) (found []*owner) {
	t.overlapping(q.resource, func(i *item) {
		for _, g := range i.held {
			//parley:rule locking.modes.shared-exclusive schedule.isolation.before-or-after force=false
			if g.owner != q.owner && g.resource.Overlaps(q.resource) && !g.mode.Admits(q.mode) {
				found = append(found, g.owner)
			}
		}
		for _, p := range i.waiting {
			if p.owner != q.owner && p.ahead(q) < 0 && p.resource.Overlaps(q.resource) &&
				!(p.mode.Admits(q.mode) && q.mode.Admits(p.mode)) {
				found = append(found, p.owner)
			}
		}
	})
	return found
}

// grant makes a request a lock. A range becomes one with those that it touches.
func (t *Table) grant(q *request) {
	t.stats.Granted++
	o, g := q.owner, q.grant
	if g.resource.kind == span {
		for _, h := range slices.Clone(o.held) {
			if h.resource.kind == span && h.mode == g.mode && h.resource.touches(g.resource) {
				g.resource = g.resource.union(h.resource)
				t.drop(h)
			}
		}
	}
	i := t.item(g.resource)
	for _, h := range i.held {
		if h.owner == o && h.resource == g.resource {
			h.mode = h.mode.Join(g.mode)
			return
		}
	}
	lock := g
	i.held = append(i.held, &lock)
	o.held = append(o.held, &lock)
	t.locks++
}

// drop takes a lock away. Whoever waits for it is not looked at.
func (t *Table) drop(g *grant) {
	same := func(h *grant) bool { return h == g }
	i := t.item(g.resource)
	i.held = slices.DeleteFunc(i.held, same)
	g.owner.held = slices.DeleteFunc(g.owner.held, same)
	t.locks--
	t.clean(g.resource)
}

// enqueue lets a request wait.
func (t *Table) enqueue(q *request) {
	i := t.item(q.resource)
	i.waiting = append(i.waiting, q)
	q.owner.waiting = q
	t.waiting++
}

// dequeue takes a request out of its queue.
func (t *Table) dequeue(q *request) {
	i := t.item(q.resource)
	i.waiting = slices.DeleteFunc(i.waiting, func(p *request) bool { return p == q })
	q.owner.waiting = nil
	t.waiting--
	t.clean(q.resource)
}

// withdraw takes back the request of an owner, for whatever reason, and lets
// others go on that were behind it.
func (t *Table) withdraw(o *owner) {
	q := o.waiting
	t.dequeue(q)
	t.fired = append(t.fired, q.ticket)
	t.settle(q.resource)
}

// settle grants, in the order of the queue, what can be granted after locks or
// requests on some resources have gone (L2).
func (t *Table) settle(gone ...Resource) {
	var candidates []*request
	seen := map[*request]bool{}
	for _, r := range gone {
		t.overlapping(r, func(i *item) {
			for _, q := range i.waiting {
				if !seen[q] && q.resource.Overlaps(r) {
					seen[q] = true
					candidates = append(candidates, q)
				}
			}
		})
	}
	//parley:noties arrivals are unique
	slices.SortFunc(candidates, (*request).ahead)
	for _, q := range candidates {
		if len(t.blockers(q)) == 0 {
			t.dequeue(q)
			t.grant(q)
			t.stats.Waited++
			t.fired = append(t.fired, q.ticket)
		}
	}
}
