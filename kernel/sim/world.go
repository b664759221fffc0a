package sim

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// World is one simulated run. It is not safe for concurrent use; run many
// worlds in parallel instead.
type World struct {
	config Config
	queue  queue
	hosts  []*Host
	names  map[string]*Host
	served map[node.Addr]*service
	links  map[[2]int32]*link
	rules  network
	idle   *delivery   // deliveries for reuse, linked by idle
	held   []*delivery // with Config.Hold, the oldest first
	hash   runHash
	log    *chronicle // only while Compare looks for a difference
	trace  tracing
	hooks  []func()
	// chooser decides what of held arrives next; nil for World.Deliver.
	chooser *chooser
	hooked  bool // hooks are running
	plan    []*standing
	places  int32 // services so far
	closed  bool
}

// New makes a world without hosts at virtual time zero.
func New(c Config) *World {
	c.complete()
	w := &World{config: c, names: map[string]*Host{}, served: map[node.Addr]*service{}, links: map[[2]int32]*link{}}
	w.trace = tracing{w: w, to: c.Observer}
	w.rules.base = &shaped{Link: c.Link}
	w.rules.local = &shaped{Link: Link{Delay: c.Local}}
	if c.Chooser != nil {
		w.config.Hold = true
		w.chooser = &chooser{by: c.Chooser, pace: c.Pace}
		w.chooser.do = w.chooser
	}
	return w
}

// Host returns the host of that name, which begins to exist when it is first
// asked for. Names hold letters, digits, '-', '_' and '.'.
func (w *World) Host(name string) *Host {
	if h, ok := w.names[name]; ok {
		return h
	}
	if !validName(name) {
		panic(fmt.Sprintf("sim: %q is no name for a host", name))
	}
	h := newHost(w, name)
	w.hosts = append(w.hosts, h)
	w.names[name] = h
	return h
}

func validName(name string) bool {
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return name != ""
}

// Hosts returns all hosts in the order in which they were made.
func (w *World) Hosts() []*Host { return w.hosts }

// Node returns the running node at an address, for checkers that know
// everything, or nil if its host is down or halted, or never had it. A paused
// host's nodes are returned. A node that has yet to start is started by the
// call, as by Do, but not from an OnEvent hook: who watches changes nothing.
func (w *World) Node(a node.Addr) node.Node {
	s := w.find(a)
	if s == nil || s.live == nil {
		return nil
	}
	if !s.live.begun && !w.hooked {
		s.live.start()
	}
	if s.live == nil || !s.live.begun {
		return nil
	}
	return s.live.node
}

// find returns the service at an address, or nil.
func (w *World) find(a node.Addr) *service { return w.served[a.Node()] }

// Do runs f as an event of the node at an address, now: what f does through
// the node obeys the output rule, and woken tasks run before Do returns. It
// returns false without running f if the node is not running (down, paused,
// halted, unknown). It panics if that host is in the middle of an event.
func (w *World) Do(a node.Addr, f func(n node.Node)) bool {
	s := w.find(a)
	if s == nil || s.live == nil || s.host.paused {
		return false
	}
	s.live.start()
	i := s.live
	if i == nil {
		return false
	}
	w.begin(i, stepped, 0, 0)
	w.trace.step(trace.Event{Kind: trace.Step, Place: a})
	f(i.node)
	w.finish(i)
	return true
}

// At runs f at time t since the start of the run, or now if that has passed.
func (w *World) At(t time.Duration, f func()) {
	c := &call{f: f}
	c.do = c
	w.queue.push(&c.event, min(max(int64(t), w.queue.now), farFuture-1))
}

// After runs f when d has passed.
func (w *World) After(d time.Duration, f func()) { w.At(w.Now()+d, f) }

// call is a function of the harness that waits for its time.
type call struct {
	event
	f func()
}

func (c *call) act(w *World) {
	c.f()
	w.observed()
}

// OnEvent adds a hook that runs after every event, for invariants.
func (w *World) OnEvent(f func()) { w.hooks = append(w.hooks, f) }

// Now returns the true time since the start of the run.
func (w *World) Now() time.Duration { return time.Duration(w.queue.now) }

// Time returns the true time as a clock without error would show it.
func (w *World) Time() time.Time { return w.config.Epoch.Add(w.Now()) }
