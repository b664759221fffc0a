package owners

import (
	"fmt"
	"sync/atomic"

	"github.com/parleysystems/parley/systems/txn/divided"
)

// ring is messages from one loop to another, in their order (O2).
type ring struct {
	slots []divided.Message // a power of two of them

	_     [64]byte // what the sender writes is in a line of its own
	sent  uint64   // the sender's
	shown atomic.Uint64

	_     [64]byte // and what the receiver writes
	taken uint64   // the receiver's
	freed atomic.Uint64
	_     [64]byte
}

// newRing returns a ring with room for at least that many messages.
func newRing(room int) *ring {
	n := 1
	for n < room {
		n *= 2
	}
	return &ring{slots: make([]divided.Message, n)}
}

// put adds a message, which shows after flush.
func (r *ring) put(m divided.Message) {
	if r.sent-r.freed.Load() == uint64(len(r.slots)) {
		panic(fmt.Sprintf("owners: more than %d messages are under way from one owner to another", len(r.slots)))
	}
	r.slots[r.sent&uint64(len(r.slots)-1)] = m
	r.sent++
}

// flush shows the receiver what was put, and tells whether there was anything.
func (r *ring) flush() bool {
	if r.shown.Load() == r.sent {
		return false
	}
	r.shown.Store(r.sent)
	return true
}

// take calls receive with the messages that show, and tells whether there were any.
func (r *ring) take(receive func(divided.Message)) bool {
	shown := r.shown.Load()
	if r.taken == shown {
		return false
	}
	for ; r.taken < shown; r.taken++ {
		slot := &r.slots[r.taken&uint64(len(r.slots)-1)]
		m := *slot
		*slot = divided.Message{}
		r.freed.Store(r.taken + 1)
		receive(m)
	}
	return true
}

// empty tells the receiver whether nothing shows.
func (r *ring) empty() bool { return r.taken == r.shown.Load() }
