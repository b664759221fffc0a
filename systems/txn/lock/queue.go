package lock

import (
	"cmp"
	"slices"
)

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
func (t *Table) blockers(q *request) []*owner {
	var space [2]*item
	return blocking(t.near(q.resource, q.item, space[:0]), q)
}

// blocking is blockers, with the items that locks in the way may be kept at.
func blocking(near []*item, q *request) (found []*owner) {
	for _, i := range near {
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
	}
	return found
}

// grant makes a request a lock. A range becomes one with those that it touches.
func (t *Table) grant(g grant) {
	t.stats.Granted++
	o := g.owner
	if g.resource.kind == span {
		for _, h := range slices.Clone(o.held) {
			if h.resource.kind == span && h.mode == g.mode && h.resource.touches(g.resource) {
				g.resource = g.resource.union(h.resource)
				t.drop(h)
			}
		}
	}
	if g.item == nil {
		g.item = t.item(g.resource)
	}
	for _, h := range g.item.held {
		if h.owner == o && h.resource == g.resource {
			h.mode = h.mode.Join(g.mode)
			return
		}
	}
	lock := t.spent.grants.Take()
	*lock = g
	g.item.held = append(g.item.held, lock)
	o.held = append(o.held, lock)
	t.locks++
}

// drop takes a lock away. Whoever waits for it is not looked at.
func (t *Table) drop(g *grant) {
	i, o := g.item, g.owner
	i.held = without(i.held, g)
	o.held = without(o.held, g)
	t.locks--
	*g = grant{}
	t.spent.grants.Give(g, mostSpare)
	t.clean(i)
}

// without returns a list without one of its elements.
func without[T comparable](list []T, x T) []T {
	if at := slices.Index(list, x); at >= 0 {
		return slices.Delete(list, at, at+1)
	}
	return list
}

// enqueue lets a request wait.
func (t *Table) enqueue(q *request) {
	if q.item == nil {
		q.item = t.item(q.resource)
	}
	q.item.waiting = append(q.item.waiting, q)
	q.owner.waiting = q
	t.waiting++
}

// dequeue takes a request out of its queue.
func (t *Table) dequeue(q *request) {
	i := q.item
	i.waiting = without(i.waiting, q)
	q.owner.waiting, q.item = nil, nil
	t.waiting--
	t.clean(i)
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
// requests on some resources have gone (L2). Of a range that is granted the request has
// gone as well, for those behind it that do not overlap with what had gone before.
func (t *Table) settle(gone ...Resource) {
	for len(gone) > 0 {
		var ranges []Resource
		for _, q := range t.candidates(gone) {
			if len(t.blockers(q)) > 0 {
				continue
			}
			t.dequeue(q)
			t.grant(q.grant)
			t.stats.Waited++
			t.fired = append(t.fired, q.ticket)
			if q.resource.kind == span {
				ranges = append(ranges, q.resource)
			}
		}
		gone = ranges
	}
}

// candidates returns the requests that overlap with one of some resources, in the order of
// the queue.
func (t *Table) candidates(gone []Resource) (all []*request) {
	for _, r := range gone {
		var space [2]*item
		for _, i := range t.near(r, nil, space[:0]) {
			for _, q := range i.waiting {
				if q.resource.Overlaps(r) && !slices.Contains(all, q) {
					all = append(all, q)
				}
			}
		}
	}
	//parley:noties arrivals are unique
	slices.SortFunc(all, (*request).ahead)
	return all
}
