package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// latch admits one owner, or any number of readers, each with a slot of its own. A
// reader writes to nothing that other readers write to, and neither side goes to
// sleep for the few microseconds that the other mostly takes: a sync.RWMutex, with
// an owner ten thousand times a second, would send most readers there.
//
// Both announce themselves before they look for the other, so that one of them sees
// the other at least; it is the reader that steps back.
type latch struct {
	owner   sync.Mutex
	owned   atomic.Bool // or about to be
	readers *readers
}

// Lock waits until nobody else has the latch.
func (l *latch) Lock() {
	l.owner.Lock()
	l.owned.Store(true)
	for _, s := range *l.readers.slots.Load() {
		for n := 0; s.reading.Load(); n++ {
			if n >= spins {
				runtime.Gosched()
			}
		}
	}
}

// Unlock lets go of it.
func (l *latch) Unlock() {
	l.owned.Store(false)
	l.owner.Unlock()
}

// spins is how often somebody looks again before another goroutine gets its turn:
// about a microsecond long.
const spins = 200

// share waits until there is no owner. Its end is s.unshare.
func (l *latch) share(s *slot) {
	for {
		s.reading.Store(true)
		if !l.owned.Load() {
			return
		}
		s.reading.Store(false)
		l.pause()
	}
}

// pause waits for the owner, asleep if it takes long.
func (l *latch) pause() {
	for n := 0; n < spins+4; n++ {
		if !l.owned.Load() {
			return
		}
		if n >= spins {
			runtime.Gosched()
		}
	}
	l.owner.Lock()
	defer l.owner.Unlock() // it was only waited for
}

func (s *slot) unshare() { s.reading.Store(false) }
