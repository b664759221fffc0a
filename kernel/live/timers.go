package live

import (
	"math"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
)

// timers is the armed timers of one loop: a 4-ary heap in one slice, ordered by
// the time at which a timer is to be looked at.
//
// The common reset moves a deadline further out (a heartbeat came, the election
// is off), and most timers never fire. So a later deadline is only noted in the
// timer, and its entry stays where it is; when the entry comes due it is put
// where the deadline is by then. Such a reset costs a clock reading.
//
// Owner: the loop.
type timers struct {
	heap []entry
	seq  uint64
}

type entry struct {
	when int64 // not after the timer's deadline; nanoseconds of loop.clock
	seq  uint64
	t    *timer
}

func (a entry) before(b entry) bool {
	return a.when < b.when || a.when == b.when && a.seq < b.seq
}

// timer implements node.Timer.
type timer struct {
	loop     *loop
	fire     func()
	deadline int64
	place    int      // index in the heap, -1 while stopped
	cause    trace.ID // the step that armed it; 0 without a tracer
}

// Reset arms the timer.
func (t *timer) Reset(d time.Duration) {
	now := t.loop.clock()
	when := now + int64(max(d, 0))
	if when < now {
		when = math.MaxInt64
	}
	t.cause = t.loop.steps.cause()
	t.loop.timers.set(t, when)
}

// Stop disarms the timer.
func (t *timer) Stop() {
	if t.place >= 0 {
		t.loop.timers.remove(t.place)
	}
}

func (h *timers) set(t *timer, when int64) {
	t.deadline = when
	h.seq++
	switch {
	case t.place < 0:
		t.place = len(h.heap)
		h.heap = append(h.heap, entry{when, h.seq, t})
	case when < h.heap[t.place].when:
		h.heap[t.place].when, h.heap[t.place].seq = when, h.seq
	default:
		return
	}
	h.up(t.place)
}

// next returns when the heap wants to be looked at.
func (h *timers) next() (when int64, any bool) {
	if len(h.heap) == 0 {
		return 0, false
	}
	return h.heap[0].when, true
}

// due takes out and returns a timer whose deadline has come, among those that
// were set before the given seq: one that is reset to zero by its own function
// fires in the next round, so that it cannot keep the loop from its mailbox.
func (h *timers) due(now int64, seq uint64) *timer {
	for len(h.heap) > 0 && h.heap[0].when <= now && h.heap[0].seq <= seq {
		t := h.heap[0].t
		if t.deadline <= now {
			h.remove(0)
			return t
		}
		h.seq++
		h.heap[0].when, h.heap[0].seq = t.deadline, h.seq
		h.down(0)
	}
	return nil
}

func (h *timers) remove(i int) {
	h.heap[i].t.place = -1
	last := len(h.heap) - 1
	moved := h.heap[last]
	h.heap[last] = entry{}
	h.heap = h.heap[:last]
	if i == last {
		return
	}
	h.heap[i], moved.t.place = moved, i
	h.up(i)
	h.down(moved.t.place)
}

const arity = 4

func (h *timers) up(i int) {
	e := h.heap[i]
	for i > 0 {
		parent := (i - 1) / arity
		if !e.before(h.heap[parent]) {
			break
		}
		h.heap[i] = h.heap[parent]
		h.heap[i].t.place = i
		i = parent
	}
	h.heap[i], e.t.place = e, i
}

func (h *timers) down(i int) {
	e := h.heap[i]
	for {
		first := arity*i + 1
		if first >= len(h.heap) {
			break
		}
		least := first
		for child := first + 1; child < min(first+arity, len(h.heap)); child++ {
			if h.heap[child].before(h.heap[least]) {
				least = child
			}
		}
		if !h.heap[least].before(e) {
			break
		}
		h.heap[i] = h.heap[least]
		h.heap[i].t.place = i
		i = least
	}
	h.heap[i], e.t.place = e, i
}
