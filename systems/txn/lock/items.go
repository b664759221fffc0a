package lock

import (
	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/blocks/arena"
	"github.com/parleysystems/parley/blocks/keyed"
	"github.com/parleysystems/parley/blocks/spare"
)

// items are where locks are kept: one for the database, one for each key that is locked
// or waited for, and one for all ranges. Keys are found by a hash; their order is kept
// only while ranges are locked as well, from the first one on until no key is.
type items struct {
	database item
	keys     keyed.Table[item]
	ranges   item
	order    *btree.Map[string, *item]
	text     arena.Text // of the keys
	spent    struct {
		items  spare.Made[item]
		grants spare.Made[grant]
		owners spare.Made[owner]
	}
}

// item is a set of locks on things that may overlap, and a queue.
type item struct {
	key     string // of an item in keys
	held    []*grant
	waiting []*request
	asked   bool // somebody is about to lock it, or wait
}

// mostSpare bounds how many are kept of each.
const mostSpare = 4096

// near returns the items that may hold locks that overlap with a resource, in space if
// there is room. Its own may be at hand, or nil.
func (t *items) near(r Resource, at *item, space []*item) []*item {
	switch r.kind {
	case database:
		return append(space, &t.database)
	case key:
		if at == nil {
			at = t.keys.Of(r.from)
		}
		if at != nil {
			space = append(space, at)
		}
	case span:
		space = append(space, t.inside(r)...)
	}
	if len(t.ranges.held) > 0 || len(t.ranges.waiting) > 0 {
		space = append(space, &t.ranges)
	}
	return space
}

// inside returns the items of the keys in a range, in order.
func (t *items) inside(r Resource) (found []*item) {
	if t.order == nil {
		t.order = new(btree.Map[string, *item])
		for k, i := range t.keys.All() {
			t.order.Set(k, i)
		}
	}
	t.order.Ascend(r.from, func(k string, i *item) bool {
		if !r.contains(k) {
			return false
		}
		found = append(found, i)
		return true
	})
	return found
}

// item returns the item that a resource's locks are kept at.
func (t *items) item(r Resource) *item {
	switch r.kind {
	case database:
		return &t.database
	case span:
		return &t.ranges
	}
	if i := t.keys.Of(r.from); i != nil {
		return i
	}
	return t.made(r.from)
}

// place returns the item of a key, which is made if there is none.
func (t *items) place(k []byte) *item {
	if i := t.keys.Get(k); i != nil {
		return i
	}
	return t.made(t.text.Copy(k))
}

func (t *items) made(k string) *item {
	i := t.spent.items.Take()
	i.key = k
	t.keys.Set(k, i)
	if t.order != nil {
		t.order.Set(k, i)
	}
	return i
}

// clean forgets an item of a key that nobody locks.
func (t *items) clean(i *item) {
	if i == &t.database || i == &t.ranges || len(i.held) > 0 || len(i.waiting) > 0 || i.asked {
		return
	}
	t.keys.Delete(i.key)
	if t.order != nil {
		t.order.Delete(i.key)
	}
	if t.keys.Len() == 0 {
		t.order = nil
	}
	*i = item{held: i.held, waiting: i.waiting}
	t.spent.items.Give(i, mostSpare)
}
