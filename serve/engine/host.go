package engine

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// host is what the engine runs on here: one log, one directory, goroutines for what
// takes time. What completes does so with the latch held.
type host struct {
	db    *DB
	fs    disk.FS
	log   *wal.WAL
	kicks chan struct{} // the flusher's: one stands for many

	// Guarded by the latch:
	waiting  []waiting  // for the log, in the order of their positions
	flushing flushing   // flush.go
	woken    []*sleeper // to be let go as soon as the latch is free
}

func newHost(db *DB, fs disk.FS, log *wal.WAL) *host {
	h := &host{db: db, fs: fs, log: log, kicks: make(chan struct{}, 1)}
	db.running.Go(h.flusher)
	return h
}

// Log implements storage.Host.
func (h *host) Log(stream string) node.Log { return h.log.Stream(stream) }

// Durable implements storage.Host.
func (h *host) Durable(done func()) {
	h.waiting = append(h.waiting, waiting{h.log.Position(), done})
}

// Disk implements storage.Host.
func (h *host) Disk() node.FS { return files{h, disk.Sub(h.fs, "pages")} }

// Job implements storage.Host.
func (h *host) Job(work func() any, done func(any)) {
	h.db.running.Go(func() {
		result := work()
		h.complete(func() { done(result) })
	})
}

// complete runs the end of something with the latch held.
func (h *host) complete(done func()) {
	h.db.latch.Lock()
	done()
	h.db.unlock()
}

// sleeper is a goroutine that waits for a ticket.
type sleeper struct {
	woken chan struct{} // takes one token
	wake  func()        // called with the latch held
	timer *time.Timer   // of one who does not wait for ever; it may be nil
}

func (h *host) sleeper() *sleeper {
	if s, ok := h.db.sleepers.Get().(*sleeper); ok {
		return s
	}
	s := &sleeper{woken: make(chan struct{}, 1)}
	s.wake = func() { h.woken = append(h.woken, s) }
	return s
}

// forever is how long those wait who have no choice.
const forever time.Duration = 0

// sleep waits until somebody has woken s, and for so long at most. One who is not
// woken, as the database has died or that time is over, is not used again: he may be
// woken yet.
func (h *host) sleep(s *sleeper, most time.Duration) error {
	var late <-chan time.Time
	if most != forever {
		late = s.after(most)
	}
	select {
	case <-s.woken:
	case <-h.db.dead:
		select {
		case <-s.woken: // first
		default:
			return h.unknown()
		}
	case <-late:
		return fmt.Errorf("%w, and has what this one has waited for, for %v; is this transaction within it?", ErrBusy, most)
	}
	if late != nil {
		s.timer.Stop()
	}
	h.db.sleepers.Put(s)
	return nil
}

// after returns a channel that says when so much time has passed.
func (s *sleeper) after(d time.Duration) <-chan time.Time {
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	return s.timer.C
}

// unknown is the error of an operation that the end of the database has cut short.
func (h *host) unknown() error {
	if h.db.cause == nil {
		return fmt.Errorf("%w: %w", ErrUnknown, ErrClosed)
	}
	return fmt.Errorf("%w: %w", ErrUnknown, h.db.cause)
}
