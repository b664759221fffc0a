package engine

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// readers are the states that Views read, in slots. A View takes a slot with one
// atomic operation; the engine asks for the oldest, with the latch held, before it
// drops versions.
type readers struct {
	mu    sync.Mutex // of growth
	slots atomic.Pointer[[]*slot]
}

// slot holds the Seq of a View plus 1; 0 if it is free, and taken while its View
// has not begun to read.
type slot struct {
	seq     atomic.Uint64
	reading atomic.Bool // its View shares the latch now
	_       [52]byte    // a cache line for each
}

const taken = ^uint64(0)

// grow makes room for more Views at a time.
func (r *readers) grow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	var more []*slot
	if old := r.slots.Load(); old != nil {
		more = append(more, *old...)
	}
	for range max(16, len(more)) {
		more = append(more, new(slot))
	}
	r.slots.Store(&more)
}

// take returns a free slot.
func (r *readers) take() *slot {
	for {
		slots := *r.slots.Load()
		at := rand.IntN(len(slots))
		for range len(slots) {
			if s := slots[at]; s.seq.Load() == 0 && s.seq.CompareAndSwap(0, taken) {
				return s
			}
			if at++; at == len(slots) {
				at = 0
			}
		}
		r.grow()
	}
}

// reads notes which state is being read. The latch is shared, so that the engine
// does not ask meanwhile.
func (s *slot) reads(seq scheme.Seq) { s.seq.Store(uint64(seq) + 1) }

func (s *slot) free() { s.seq.Store(0) }

// oldest implements storage.Options.Oldest.
func (r *readers) oldest(newest scheme.Seq) scheme.Seq {
	for _, s := range *r.slots.Load() {
		if seq := s.seq.Load(); seq != 0 && seq != taken {
			newest = min(newest, scheme.Seq(seq-1))
		}
	}
	return newest
}
