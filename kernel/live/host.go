package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Host runs the services of one host. Its methods may be called from any
// goroutine, but Close, Do and DoHere not from a node's loop: they may wait for it.
type Host struct {
	name        string
	cluster     string
	credentials *Credentials
	bounds      Bounds
	log         *slog.Logger
	opened      time.Time
	tracer      *Tracer  // nil if nobody wants to know
	risen       trace.ID // the Restart, if the tracer knew the host before

	disk     disk.FS
	lock     *disk.DirLock // nil if Config.Disk was given
	commit   *commit
	jobs     *pool
	syncs    *pool
	listener net.Listener // nil if nobody can call

	loops atomic.Pointer[map[string]*loop]
	peers atomic.Pointer[map[string]*peer]
	cuts  atomic.Pointer[[]string] // hosts that nothing is sent to; nil if there are none

	mu      sync.Mutex // guards changes of loops, peers, halted, err, order
	order   []*loop    // in the order of Serve
	err     error
	halted  atomic.Bool
	done    chan struct{} // closed right after halted
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	closing sync.Once
	closed  error

	complaints complaints

	unroutable, refused, undecodable atomic.Uint64
}

// Serve begins an incarnation of a node under that name: factory and Start run
// on its new loop, soon. A function passed to Do, and messages, wait for Start to
// return. A name is served once in the life of a Host.
func (h *Host) Serve(service string, factory func() node.Node) error {
	if err := checkName("service", service); err != nil {
		return fmt.Errorf("live: serve: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped() {
		return fmt.Errorf("live: serve %s: %w", service, ErrStopped)
	}
	if _, taken := h.served()[service]; taken {
		return fmt.Errorf("live: serve %s: the name is taken", service)
	}
	l := newLoop(h, service)
	h.enterLoop(l)
	h.start(func() { l.run(factory) })
	return nil
}

// Do has f run on the service's loop and returns once it is queued, which it
// waits for while the mailbox is full. Functions queued by one goroutine run in
// that order. An error (ErrStopped, ErrNoService) means that f does not run;
// without one it runs unless the host stops first, so who waits for an effect
// of f watches Done as well.
func (h *Host) Do(service string, f func(node.Node)) error { return h.post(service, f, true) }

// TryDo is Do that returns ErrBusy instead of waiting.
func (h *Host) TryDo(service string, f func(node.Node)) error { return h.post(service, f, false) }

func (h *Host) post(service string, f func(node.Node), wait bool) error {
	l, ok := h.served()[service]
	if !ok {
		return fmt.Errorf("live: service %q: %w", service, ErrNoService)
	}
	return l.mailbox.post(f, wait)
}

// Addr returns the address listened on, empty if there is none.
func (h *Host) Addr() string {
	if h.listener == nil {
		return ""
	}
	return h.listener.Addr().String()
}

// Done returns a channel that is closed as soon as the host fails or is closed.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err returns why the host stopped: nil while it runs and after Close, else
// what failed and where: a write or fdatasync of the log, a panic of a node, or
// what a node said to Env.Halt.
func (h *Host) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Close stops the loops, unwinds the tasks, makes the log durable, gives the
// directory back and returns Err. Messages that are still on their way out may
// be lost, as ever.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.stop(nil)
		h.running.Wait()
		// The log commits what is left; after a failure that was promised to
		// nobody, and what a dead log says about it Err has said.
		err := h.commit.wal.Close()
		if h.Err() != nil {
			err = h.Err()
		} else if err != nil {
			err = fmt.Errorf("live: close host %s: %w", h.name, err)
		}
		h.closed = errors.Join(err, h.unlock())
	})
	return h.closed
}

func (h *Host) unlock() error {
	if h.lock == nil {
		return nil
	}
	return h.lock.Close()
}

// fail stops the host for good. It does not wait: nothing leaves from here on,
// and Close does the rest.
func (h *Host) fail(err error) {
	h.stop(fmt.Errorf("live: host %s: %w", h.name, err))
}

func (h *Host) stop(err error) {
	h.mu.Lock()
	first := !h.halted.Load()
	if first {
		h.err = err
		h.halted.Store(true)
		close(h.done)
	}
	h.mu.Unlock()
	if !first {
		return
	}
	if err != nil {
		h.log.Error("host stopped", "error", err)
	}
	if h.tracer != nil {
		h.tracer.falls(h.name, err)
	}
	h.cancel()
	if h.listener != nil {
		h.listener.Close()
	}
	for _, l := range h.served() {
		l.mailbox.close()
	}
	h.commit.wakeAll()
}

func (h *Host) stopped() bool { return h.halted.Load() }

// spawn runs f on a goroutine that Close waits for, unless the host stopped.
func (h *Host) spawn(f func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped() {
		return false
	}
	h.start(f)
	return true
}

// start is spawn for who holds h.mu and knows that the host has not stopped.
func (h *Host) start(f func()) { h.running.Go(f) }

// Stats reports on the moment. It does not disturb the loops.
func (h *Host) Stats() Stats {
	s := Stats{
		Commit:     h.commit.stats(),
		Unroutable: h.unroutable.Load(), Refused: h.refused.Load(), Undecodable: h.undecodable.Load(),
	}
	h.mu.Lock()
	order := h.order
	h.mu.Unlock()
	for _, l := range order {
		s.Services = append(s.Services, l.stats())
	}
	for _, p := range h.peersByName() {
		s.Peers = append(s.Peers, p.stats())
	}
	return s
}
