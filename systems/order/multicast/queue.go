package multicast

import (
	"slices"

	"github.com/parleysystems/parley/systems/order/lamport"
)

// queue holds updates in the order of their stamps.
type queue struct{ entries []*waiting }

// waiting is an update that waits to be delivered.
type waiting struct {
	Update  *Update `wire:"1"`
	Acks    []bool  `wire:"2"` // who has acknowledged it
	Offered bool    `wire:"3"` // this member has
}

// insert puts an update behind all that do not come after it.
func (q *queue) insert(w *waiting) {
	at := slices.IndexFunc(q.entries, func(e *waiting) bool { return w.Update.Stamp.Less(e.Update.Stamp) })
	if at < 0 {
		at = len(q.entries)
	}
	q.entries = slices.Insert(q.entries, at, w)
}

// find returns the entry of a stamp, or nil.
func (q *queue) find(s lamport.Stamp) *waiting {
	for _, e := range q.entries {
		if e.Update.Stamp == s {
			return e
		}
	}
	return nil
}

// head returns the first entry, or nil.
func (q *queue) head() *waiting {
	if len(q.entries) == 0 {
		return nil
	}
	return q.entries[0]
}

func (q *queue) pop() { q.entries = slices.Delete(q.entries, 0, 1) }
