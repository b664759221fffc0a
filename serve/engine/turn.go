package engine

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// turn is held by the one writer of the serial scheme, before the latch. Whoever lets
// go of it does not hand it over: a goroutine that is running takes it sooner than one
// that has to be woken first, and with many short transactions that is what counts.
type turn struct {
	taken   atomic.Bool
	waiting atomic.Int32
	free    chan struct{} // says that it may be had
}

// ErrBusy says that another transaction had the right to write, or a lock that this one
// needs, all the time that Options.Busy allows. Nothing was done, and this transaction is
// to be rolled back. Who begins a write transaction within another, on one goroutine, is
// told so: the inner one waits for the outer one.
var ErrBusy = errors.New("another write transaction is open")

func (t *turn) try() bool { return !t.taken.Load() && t.taken.CompareAndSwap(false, true) }

// lock waits for the turn.
func (t *turn) lock(db *DB) error {
	for range spins {
		if t.try() {
			return nil
		}
	}
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	var timer *time.Timer
	for !t.try() {
		if timer == nil {
			timer = time.NewTimer(db.o.Busy)
			defer timer.Stop()
		}
		select {
		case <-t.free:
		case <-db.dead:
			return db.gone()
		case <-timer.C:
			return fmt.Errorf("begin: %w, and has been for %v; is this transaction within it?", ErrBusy, db.o.Busy)
		}
	}
	return nil
}

func (t *turn) unlock() {
	t.taken.Store(false)
	if t.waiting.Load() > 0 {
		select {
		case t.free <- struct{}{}:
		default: // one token is enough: who takes it looks at taken
		}
	}
}
