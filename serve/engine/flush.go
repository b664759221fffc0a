package engine

import "github.com/parleysystems/parley/kernel/wal"

// waiting runs when the log is durable up to a position.
type waiting struct {
	at   wal.Position
	done func()
}

// flushing is the group commit. A flush is flown by whoever finds that one is due as
// it lets go of the latch: a commit alone goes to the disk and back on one
// goroutine. Two flushes may be under way, so that the one that has just missed a
// flush need not wait for its end; but the second takes off only when it carries at
// least as many as the first. So many writers share a flush, and few do not wait.
type flushing struct {
	flights []*flight // under way, in their order
	covered int       // how many of those that wait are aboard
	count   uint64
}

// flight is a flush that is under way.
type flight struct {
	size   int
	before *flight       // which has to end first; nil for none
	over   chan struct{} // closed at its end
}

// inFlight is how many flushes may be under way.
const inFlight = 2

// due tells whether a flush should begin.
func (h *host) due() bool {
	f, n := &h.flushing, len(h.waiting)-h.flushing.covered
	switch len(f.flights) {
	case 0:
		return n > 0
	case inFlight:
		return false
	}
	return n > 0 && n >= f.flights[0].size
}

// takeOff begins a flush if one is due; the caller has to let it fly once it has let
// go of the latch.
func (h *host) takeOff() *flight {
	if !h.due() {
		return nil
	}
	f := &h.flushing
	next := &flight{size: len(h.waiting) - f.covered, over: make(chan struct{})}
	if n := len(f.flights); n > 0 {
		next.before = f.flights[n-1]
	}
	f.flights = append(f.flights, next)
	f.covered = len(h.waiting)
	return next
}

// fly makes the log durable and runs what waited for that. Flights end in their order.
func (h *host) fly(f *flight) {
	_, err := h.log.Write()
	if err == nil {
		_, err = h.log.Sync()
	}
	if f.before != nil {
		<-f.before.over
		f.before = nil
	}
	if err == nil {
		err = h.log.Err()
	}
	h.db.latch.Lock()
	h.land(err)
	h.db.unlock()
	close(f.over)
}

// land ends the first flight.
func (h *host) land(err error) {
	f := &h.flushing
	f.flights = f.flights[:copy(f.flights, f.flights[1:])]
	f.count++
	if err != nil {
		if h.db.core != nil {
			h.db.core.Fail(err)
		}
		h.db.fail(err)
		return
	}
	h.release(h.log.Durable())
}

// release runs what waited for the log to be durable up to a position.
func (h *host) release(durable wal.Position) {
	n := 0
	for n < len(h.waiting) && h.waiting[n].at <= durable {
		n++
	}
	due := h.waiting[:n:n]
	h.waiting = h.waiting[n:]
	h.flushing.covered = max(0, h.flushing.covered-n)
	for i := range due {
		due[i].done()
		due[i].done = nil
	}
}

// flusher flies for those who do not wait.
func (h *host) flusher() {
	for {
		select {
		case <-h.db.dead:
			return
		case <-h.kicks:
		}
		h.db.latch.Lock()
		f := h.takeOff()
		h.db.wake()
		if f != nil {
			h.fly(f)
		}
	}
}

// kick has a flush begun, if it is still due then.
func (h *host) kick() {
	select {
	case h.kicks <- struct{}{}:
	default:
	}
}
