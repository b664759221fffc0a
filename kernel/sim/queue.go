package sim

import "math/bits"

// queue orders events by time and, within one time, by order of insertion. It
// is a hierarchical timing wheel with one bucket a nanosecond at its lowest
// level: level k holds what differs from now in digit k (base 64) and in no
// higher one.
//
//	level   0          1          2               10
//	        [64 x 1ns] [64 x 64ns] [64 x 4096ns] ... [64 x 2^60ns]
//
// push and remove are O(1), pop is amortised O(levels between now and the
// event). Events carry their own links, so nothing is allocated.
//
//	Q1  An event stands at level(at ^ now). Hence all events of one time share
//	    a bucket, and a bucket's list is in order of insertion.
//	Q2  now never passes an event that is queued.
type queue struct {
	now     int64
	levels  uint32 // bit k: level k is not empty
	slots   [wheelLevels]uint64
	buckets [wheelLevels][wheelSlots]bucket
	size    int
	instant int // events popped since time last moved
}

const (
	wheelBits   = 6
	wheelSlots  = 1 << wheelBits
	wheelLevels = (63 + wheelBits - 1) / wheelBits
	farFuture   = 1 << 62 // later than everything; sums of two do not overflow

	// More than this is a run that feeds on itself: duplicates that are echoed,
	// a timer that sets itself to zero.
	maxPending = 1 << 25
	maxInstant = 1 << 25
)

type bucket struct{ first, last *event }

// event is something that will happen. It is embedded in what it is about (a
// message's delivery, a timer), which says in do what happens then.
type event struct {
	at         int64 // nanoseconds since the start of the run
	next, prev *event
	queued     bool
	do         actor
}

type actor interface{ act(w *World) }

func (q *queue) place(at int64) (level, slot int) {
	diff := uint64(at^q.now) | 1
	level = (63 - bits.LeadingZeros64(diff)) / wheelBits
	return level, int(at>>(level*wheelBits)) & (wheelSlots - 1)
}

// push adds e at time at, which must not lie before now.
func (q *queue) push(e *event, at int64) {
	if at < q.now || e.queued {
		panic("sim: event in the past or queued twice")
	}
	if q.size++; q.size > maxPending {
		panic("sim: too many events are pending: the run feeds on itself")
	}
	e.at, e.queued = at, true
	q.link(e)
}

func (q *queue) link(e *event) {
	level, slot := q.place(e.at)
	b := &q.buckets[level][slot]
	e.next, e.prev = nil, b.last
	if b.last != nil {
		b.last.next = e
	} else {
		b.first = e
		q.slots[level] |= 1 << slot
		q.levels |= 1 << level
	}
	b.last = e
}

// remove takes out a queued event.
func (q *queue) remove(e *event) {
	level, slot := q.place(e.at)
	b := &q.buckets[level][slot]
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		b.first = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		b.last = e.prev
	}
	if b.first == nil {
		q.empty(level, slot)
	}
	e.next, e.prev, e.queued = nil, nil, false
	q.size--
}

func (q *queue) empty(level, slot int) {
	if q.slots[level] &^= 1 << slot; q.slots[level] == 0 {
		q.levels &^= 1 << level
	}
}

// pop takes out the next event up to time limit and moves now to it. If there
// is none, it returns nil and moves now to limit.
func (q *queue) pop(limit int64) *event {
	for q.levels != 0 {
		level := bits.TrailingZeros32(q.levels)
		slot := bits.TrailingZeros64(q.slots[level])
		b := &q.buckets[level][slot]
		if e := b.first; e.at <= limit && (level == 0 || e.next == nil) {
			q.remove(e)
			q.move(e.at)
			return e
		}
		if start := q.start(level, slot); level > 0 && start <= limit {
			q.descend(b, level, slot, start)
			continue
		}
		break
	}
	if limit < farFuture {
		q.now = limit
	}
	return nil
}

// move sets now to the time of the event that is about to run.
func (q *queue) move(at int64) {
	if q.instant++; at != q.now {
		q.now, q.instant = at, 0
	}
	if q.instant > maxInstant {
		panic("sim: time stands still: too many events at one instant")
	}
}

// start returns the first time of a slot of the present turn of a level.
func (q *queue) start(level, slot int) int64 {
	low := level * wheelBits
	return q.now>>(low+wheelBits)<<(low+wheelBits) | int64(slot)<<low
}

// descend moves now to the start of a slot and its events to lower levels, in
// order, which keeps Q1.
func (q *queue) descend(b *bucket, level, slot int, start int64) {
	e := b.first
	*b = bucket{}
	q.empty(level, slot)
	q.now = start
	for e != nil {
		next := e.next
		q.link(e)
		e = next
	}
}

// each calls f for every queued event, in no order that means anything but the
// same in every run. f must not change the queue.
func (q *queue) each(f func(e *event)) {
	for level := range q.buckets {
		for slot := range q.buckets[level] {
			for e := q.buckets[level][slot].first; e != nil; e = e.next {
				f(e)
			}
		}
	}
}
