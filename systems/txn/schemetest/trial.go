package schemetest

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Trial is a world with one host, which has a database under a scheme, and the
// clients who use it.
type Trial struct {
	*ordertest.Run
	// Name is the host's; "a" if empty.
	Name string
	// Scheme makes the scheme over a store.
	Scheme func(scheme.Store) scheme.Scheme
	// InMemory says that the store is a memory.Store. If not, it is the engine.
	InMemory bool
	// Steady says that changes of a store in memory wait for nothing.
	Steady bool
	// Crashes is how often the host loses its power, with the clients on it.
	Crashes int
	// Clients is how many there are, and Client what each does, as a task; after a
	// crash those begin again that had not come to an end.
	Clients int
	Client  func(h *Host, t node.Task, number int) error

	History isolation.History
	trouble error
	done    map[int]bool
	memory  *memory.Store // of the last incarnation, if InMemory
	values  int           // that were written so far
	began   time.Duration // when Play did
	took    time.Duration // from then to the end of the last client
}

// Host is the node of a trial.
type Host struct {
	Trial  *Trial
	Env    node.Env
	Scheme scheme.Scheme
}

// Play lets the clients do what they do, which has to come to an end.
func (t *Trial) Play(limit time.Duration) error {
	t.done, t.began = map[int]bool{}, t.World.Now()
	host := t.World.Host(cmp.Or(t.Name, "a"))
	host.Serve("database", func() node.Node { return &Host{Trial: t} })
	t.crash(host, t.Crashes)
	return t.Settle(func() error {
		if t.trouble == nil && len(t.done) < t.Clients {
			return fmt.Errorf("%d of %d clients have come to an end", len(t.done), t.Clients)
		}
		return nil
	}, limit)
}

// crash takes the host's power away, that often.
func (t *Trial) crash(h *sim.Host, left int) {
	if left == 0 {
		return
	}
	t.World.After(t.Knobs.Duration(fmt.Sprint("crash ", left), 200*time.Microsecond, 100*time.Millisecond), func() {
		t.Marks.Sometimes("crashed at work", t.trouble == nil && len(t.done) < t.Clients)
		h.Crash()
		t.World.After(time.Millisecond, func() {
			h.Restart()
			t.crash(h, left-1)
		})
	})
}

// Trouble returns the first error of a client that is the database's fault.
func (t *Trial) Trouble() error { return t.trouble }

// Start implements node.Node.
func (h *Host) Start(env node.Env) {
	h.Env = env
	if h.Trial.InMemory {
		m := memory.New()
		if h.Trial.memory != nil {
			m = h.Trial.memory.Restart()
		}
		h.Trial.memory = m
		if m.Durable = h.durable(); !h.Trial.Steady {
			m.Stall = h.stall
		}
		h.open(m)
		return
	}
	o := engine.Options{PageSize: 512, Memory: 128 * 512, Checkpoint: 200, Halt: env.Halt}
	engine.Open(env, o, func(d *engine.Database, err error) {
		if err != nil {
			env.Halt(err)
			return
		}
		h.open(d)
	})
}

// Receive implements node.Node: nobody calls.
func (h *Host) Receive(node.Addr, node.Message) {}

// durable makes every commit wait for as long as a sync may take, in order.
func (h *Host) durable() func(done func()) {
	var waiting []func()
	var timer node.Timer
	timer = h.Env.Timer(func() {
		done := waiting[0]
		if waiting = waiting[1:]; len(waiting) > 0 {
			timer.Reset(h.Span(time.Millisecond))
		}
		done()
	})
	return func(done func()) {
		if waiting = append(waiting, done); len(waiting) == 1 {
			timer.Reset(h.Span(time.Millisecond))
		}
	}
}

// stall lets one change in eight wait for a moment.
func (h *Host) stall() *scheme.Ticket {
	if h.Env.Rand().IntN(8) > 0 {
		return nil
	}
	t := new(scheme.Ticket)
	h.Env.Timer(t.Fire).Reset(h.Span(time.Millisecond))
	return t
}

// Span draws a duration below most.
func (h *Host) Span(most time.Duration) time.Duration {
	return time.Duration(h.Env.Rand().Int64N(int64(most)))
}

func (h *Host) open(s scheme.Store) {
	h.Scheme = h.Trial.Scheme(s)
	for i := range h.Trial.Clients {
		if h.Trial.done[i] {
			continue
		}
		h.Env.Go(func(t node.Task) {
			if err := h.Trial.Client(h, t, i); err != nil && h.Trial.trouble == nil {
				h.Trial.trouble = fmt.Errorf("client %d: %w", i, err)
			}
			h.Trial.done[i] = true
			h.Trial.took = h.Trial.World.Now() - h.Trial.began
		})
	}
}

// Abort gives a transaction up, and tells whether the error was its scheme's
// decision, so that it may be tried again.
func Abort(t node.Task, tx scheme.Txn, why error) (again bool, err error) {
	var abort *scheme.Abort
	if err := scheme.Retry(t, tx.Abort); err != nil {
		return false, fmt.Errorf("abort after %w: %w", why, err)
	}
	if errors.As(why, &abort) {
		return true, nil
	}
	return false, why
}
