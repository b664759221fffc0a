package engine

import (
	"fmt"
	"runtime"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// host is what the engine runs on here: one log, one directory, goroutines for what
// takes time. What completes does so with the latch held.
type host struct {
	db  *DB
	fs  disk.FS
	log *wal.WAL

	// flushing is a token: whoever has it writes and syncs the log.
	flushing chan struct{}
	kicks    chan struct{} // the flusher's: one stands for many

	// Guarded by the latch:
	asked   bool // somebody asked for durability, and may not wait for it
	waiting []waiting
	woken   []chan struct{} // to be closed as soon as the latch is free
	flushes uint64
}

// waiting runs when the log is durable up to a position.
type waiting struct {
	at   wal.Position
	done func()
}

func newHost(db *DB, fs disk.FS, log *wal.WAL) *host {
	h := &host{db: db, fs: fs, log: log, flushing: make(chan struct{}, 1), kicks: make(chan struct{}, 1)}
	db.running.Go(h.flusher)
	return h
}

// Log implements storage.Host.
func (h *host) Log(stream string) node.Log { return h.log.Stream(stream) }

// Durable implements storage.Host.
func (h *host) Durable(done func()) {
	h.waiting = append(h.waiting, waiting{h.log.Position(), done})
	h.asked = true
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

// flusher flushes for those who do not wait.
func (h *host) flusher() {
	for {
		select {
		case <-h.db.dead:
			return
		case <-h.kicks:
		}
		select {
		case <-h.db.dead:
			return
		case h.flushing <- struct{}{}:
		}
		h.flush()
		<-h.flushing
	}
}

func (h *host) kick() {
	select {
	case h.kicks <- struct{}{}:
	default:
	}
}

// await waits until woken is closed. If nobody flushes the log it does so itself:
// a commit then goes to the disk and back on one goroutine.
func (h *host) await(woken chan struct{}) error {
	for {
		select {
		case <-woken:
			return nil
		default:
		}
		select {
		case <-woken:
			return nil
		case <-h.db.dead:
			return h.unknown()
		case h.flushing <- struct{}{}:
		}
		select {
		case <-woken:
			<-h.flushing
			return nil
		default:
		}
		idle := !h.flush()
		<-h.flushing
		if idle { // it waits for something else: a page, another transaction
			select {
			case <-woken:
				return nil
			case <-h.db.dead:
				return h.unknown()
			}
		}
	}
}

func (h *host) unknown() error {
	if h.db.closing.Load() {
		return fmt.Errorf("%w: %w", ErrUnknown, ErrClosed)
	}
	return fmt.Errorf("%w: the log or the data file can no longer be written: %w", ErrUnknown, h.log.Err())
}

// flush makes the log durable and runs what waited for that. It reports whether
// there was anything to do. The caller has the token.
func (h *host) flush() bool {
	before := h.log.Durable()
	h.gather()
	_, err := h.log.Write()
	if err == nil {
		_, err = h.log.Sync()
	}
	h.db.latch.Lock()
	defer h.db.unlock()
	if err != nil {
		if h.db.core != nil {
			h.db.core.Fail(err)
		}
		h.db.fail(err)
		return true
	}
	h.flushes++
	durable := h.log.Durable()
	ran := h.release(durable)
	return ran || durable > before
}

// gather lets others run first, as long as that brings something: after a flush,
// those whom it woke have the next commit to add to this one.
func (h *host) gather() {
	end := h.log.Position()
	for range 4 { // a long transaction must not keep commits waiting
		runtime.Gosched()
		now := h.log.Position()
		if now == end {
			return
		}
		end = now
	}
}

// release runs what waited for the log to be durable up to a position.
func (h *host) release(durable wal.Position) bool {
	n := 0
	for n < len(h.waiting) && h.waiting[n].at <= durable {
		n++
	}
	due := h.waiting[:n:n]
	h.waiting = h.waiting[n:]
	for i := range due {
		due[i].done()
		due[i].done = nil
	}
	return n > 0
}
