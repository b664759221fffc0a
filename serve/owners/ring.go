package owners

import (
	"fmt"
	"sync/atomic"

	"github.com/parleysystems/parley/systems/txn/divided"
)

// ring is messages from one loop to another, in their order (O2). A message and the word
// that shows it lie in one line of the cache, which is all that has to come over.
type ring struct {
	slots []slot // a power of two of them

	_     [line]byte // what the sender writes is in a line of its own
	sent  uint64     // the sender's
	known uint64     // how much was freed when it looked last

	_     [line]byte // and what the receiver writes
	taken uint64     // the receiver's
	freed atomic.Uint64
	_     [line]byte
}

// line is the size of a line of the cache in bytes.
const line = 64

// slot is room for a message. Together they fill a line.
type slot struct {
	divided.Message
	shown atomic.Uint64 // the number of the message, from 1
}

// newRing returns a ring with room for at least that many messages.
func newRing(room int) *ring {
	n := 1
	for n < room {
		n *= 2
	}
	return &ring{slots: make([]slot, n)}
}

func (r *ring) slot(number uint64) *slot { return &r.slots[number&uint64(len(r.slots)-1)] }

// put adds a message and shows it.
func (r *ring) put(m divided.Message) {
	if r.sent-r.known == uint64(len(r.slots)) {
		if r.known = r.freed.Load(); r.sent-r.known == uint64(len(r.slots)) {
			panic(fmt.Sprintf("owners: more than %d messages are under way from one owner to another", len(r.slots)))
		}
	}
	s := r.slot(r.sent)
	r.sent++
	s.Message = m
	s.shown.Store(r.sent)
}

// take calls receive with messages that show, at most a ring full, and tells whether there
// were any.
func (r *ring) take(receive func(divided.Message)) (any bool) {
	for range r.slots {
		if r.empty() {
			return any
		}
		m := r.slot(r.taken).Message
		r.taken++
		r.freed.Store(r.taken)
		receive(m)
		any = true
	}
	return any
}

// empty tells the receiver whether nothing shows.
func (r *ring) empty() bool { return r.slot(r.taken).shown.Load() != r.taken+1 }
