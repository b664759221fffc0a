package sim

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// Host is a simulated machine: some services, one clock, one disk.
type Host struct {
	w        *World
	name     string
	index    int32
	services []*service
	clock    Clock
	disk     Disk
	journal  *journal // nil until a service opens a log

	up, paused  bool
	incarnation uint64
	err         error

	// depth counts the events of this host in progress: an fsync's completion
	// contains those of the nodes that it completes. running is the node whose
	// turn it is. doom is why the host stops once they are over.
	depth   int
	running *incarnation
	doom    error

	backlog  []*event // of a paused host, in order of arrival
	messages int      // of them
	watchers []*watcher
	knew     uint64 // State of its nodes when it was last asked for
}

// The dooms of a host that did not stop by itself.
var (
	errCrash = errors.New("crash")
	errPower = errors.New("power loss")
)

func newHost(w *World, name string) *Host {
	h := &Host{w: w, name: name, index: int32(len(w.hosts)), up: true, incarnation: 1}
	h.clock = Clock{w: w, host: h}
	h.disk = Disk{host: h, fsync: w.config.Fsync}
	return h
}

// Name returns the part of the host's addresses before the slash.
func (h *Host) Name() string { return h.name }

// Up tells whether the host is running. A paused host is up.
func (h *Host) Up() bool { return h.up }

// Paused tells whether the host is paused.
func (h *Host) Paused() bool { return h.paused }

// Err tells why the host has stopped by itself (Env.Halt, a failed fsync, a
// log that cannot be read), or nil. Restart clears it.
func (h *Host) Err() error { return h.err }

// Clock returns the host's clock.
func (h *Host) Clock() *Clock { return &h.clock }

// Disk returns the host's disk.
func (h *Host) Disk() *Disk { return &h.disk }

// Serve adds a service, which make builds anew for every incarnation, and
// returns its address. Start is called by an event of its own, or by Do.
func (h *Host) Serve(name string, make func() node.Node) node.Addr {
	if !validName(name) || h.service(name) != nil {
		panic(fmt.Sprintf("sim: %q is no name for a service of %s, or taken", name, h.name))
	}
	h.w.places++
	s := &service{host: h, name: name, addr: node.Join(h.name, name), place: h.w.places, make: make}
	h.services = append(h.services, s)
	h.w.served[s.addr] = s
	if h.up {
		s.incarnate()
	}
	return s.addr
}

func (h *Host) service(name string) *service {
	for _, s := range h.services {
		if s.name == name {
			return s
		}
	}
	return nil
}

// Crash ends the incarnation at once: held sends, timers, tasks and whatever
// the disk had not made durable are gone (of the last, the disk keeps some
// part). In the middle of an event of this host, everything that the event
// does after the call is without effect.
func (h *Host) Crash() { h.bringDown(errCrash) }

// bringDown stops the host for a reason, now or as soon as the event that it
// is in the middle of is over (I4).
func (h *Host) bringDown(why error) {
	if !h.up || h.doom != nil {
		return
	}
	h.doom = why
	for _, s := range h.services {
		if s.live != nil {
			s.live.over = true
		}
	}
	if h.depth == 0 {
		h.fall()
	}
}

// enter and leave enclose every event of the host.
func (h *Host) enter() { h.depth++ }

func (h *Host) leave() {
	if h.depth--; h.depth == 0 && h.doom != nil {
		h.fall()
	}
}

// fall carries the doom out.
func (h *Host) fall() {
	why := h.doom
	if h.w.config.Hold {
		h.knew = h.state()
	}
	h.stop()
	h.disk.crash(why)
	if why != errCrash && why != errPower {
		h.err = why
	}
	h.w.count(node.Addr(h.name), h.index, fell, 0, 0)
	h.w.trace.stopped(h, h.err)
}

// stop ends the incarnation and forgets what only it knew.
func (h *Host) stop() {
	for _, s := range h.services {
		s.end()
	}
	h.up, h.paused, h.doom, h.journal = false, false, nil, nil
	for _, e := range h.backlog {
		if d, ok := e.do.(*delivery); ok {
			h.w.drop(d, "host down")
		}
	}
	h.backlog, h.messages = nil, 0
}

// Restart begins the next incarnation of a host that is down or halted. What
// its nodes find in their files is durable (I6).
func (h *Host) Restart() {
	if h.up || h.w.closed {
		return
	}
	h.up, h.err = true, nil
	h.incarnation++
	h.w.disturb(h, "restart")
	for _, s := range h.services {
		s.incarnate()
	}
	if err := h.disk.settle(); err != nil {
		h.halt(node.Addr(h.name), err)
	}
}
