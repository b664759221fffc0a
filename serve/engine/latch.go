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
// the other at least; it is the reader that steps back. An owner that has to wait for
// longer, since a reader was taken off its processor, goes to sleep; again both say first
// what they do, he that he sleeps and the reader that it is through, and look then.
type latch struct {
	owner   sync.Mutex
	owned   atomic.Bool // or about to be
	asleep  atomic.Bool // the owner, until a reader is through
	awake   chan struct{}
	readers *readers
}

func (l *latch) init(r *readers) { l.readers, l.awake = r, make(chan struct{}, 1) }

// Lock waits until nobody else has the latch.
func (l *latch) Lock() {
	l.owner.Lock()
	l.owned.Store(true)
	for _, s := range *l.readers.slots.Load() {
		for n := 0; s.reading.Load(); n++ {
			switch {
			case n < spins:
			case n < spins+yields:
				runtime.Gosched()
			default:
				l.sleep(s)
			}
		}
	}
}

// sleep waits until a reader is through, and perhaps not the one that is meant.
func (l *latch) sleep(s *slot) {
	l.asleep.Store(true)
	if s.reading.Load() {
		<-l.awake
	}
	l.asleep.Store(false)
}

// Unlock lets go of it.
func (l *latch) Unlock() {
	l.owned.Store(false)
	l.owner.Unlock()
}

// spins is how often somebody looks again before another goroutine gets its turn:
// about a microsecond long.
const spins = 3000

// yields is how often it then lets others go on, before it goes to sleep.
const yields = 4

// share waits until there is no owner. Its end is unshare.
func (l *latch) share(s *slot) {
	for {
		s.reading.Store(true)
		if !l.owned.Load() {
			return
		}
		l.unshare(s)
		l.pause()
	}
}

// pause waits for the owner, asleep if it takes long.
func (l *latch) pause() {
	for n := 0; n < spins+yields; n++ {
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

// unshare ends a reader's share.
func (l *latch) unshare(s *slot) {
	s.reading.Store(false)
	if l.asleep.Load() {
		select {
		case l.awake <- struct{}{}:
		default: // one token is enough: who takes it looks at the slot
		}
	}
}
