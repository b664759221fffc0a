package sim

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// Step runs one event, and returns false if there is none.
func (w *World) Step() bool {
	e := w.queue.pop(farFuture)
	if e == nil {
		return false
	}
	e.do.act(w)
	return true
}

// Run runs all events of the next d, after which Now is later by d.
func (w *World) Run(d time.Duration) {
	end := w.queue.now + int64(d)
	for e := w.queue.pop(end); e != nil; e = w.queue.pop(end) {
		e.do.act(w)
	}
}

// RunUntil runs until cond holds, which it asks after every event, for limit
// at most. It returns whether cond holds.
func (w *World) RunUntil(cond func() bool, limit time.Duration) bool {
	end := w.queue.now + int64(limit)
	for !cond() {
		e := w.queue.pop(end)
		if e == nil {
			return cond()
		}
		e.do.act(w)
	}
	return true
}

// begin opens an event of a node. Between it and finish, what the node does
// counts as the effect of this event.
func (w *World) begin(i *incarnation, k kind, peer int32, sum uint64) {
	h := i.host
	if h.running != nil {
		panic("sim: " + string(i.service.addr) + " entered while " +
			string(h.running.service.addr) + " is in the middle of an event")
	}
	h.running = i
	h.enter()
	w.count(i.service.addr, i.place, k, peer, sum)
}

// count makes an event part of the run's hash.
func (w *World) count(at node.Addr, place int32, k kind, peer int32, sum uint64) {
	w.hash.add(w.queue.now, place, k, peer, sum)
	if w.log != nil {
		w.log.add(w, at, k, peer, sum)
	}
	if w.hash.events%breathEvery == 0 {
		w.breathe()
	}
}

// finish closes it: first whatever the node set in motion at its own address,
// then the disk, then a crash that came in the middle, then the hooks.
func (w *World) finish(i *incarnation) {
	h := i.host
	i.settle()
	w.trace.inspect(i.service)
	if h.journal != nil {
		h.flush()
	}
	h.running = nil
	h.leave()
	w.trace.now = 0
	w.observed()
}

// settle runs woken tasks and due completions until none is left.
func (i *incarnation) settle() {
	for !i.over {
		if i.tasks != nil {
			i.tasks.Run()
		}
		if i.over || !i.completeNext() {
			return
		}
	}
}

// observed runs the hooks. What they do to nodes does not run them again.
func (w *World) observed() {
	if w.hooked || len(w.hooks) == 0 {
		return
	}
	w.hooked = true
	for _, hook := range w.hooks {
		hook()
	}
	w.hooked = false
}

// Close unwinds all tasks. The world cannot be used any more.
func (w *World) Close() {
	w.closed = true
	for _, h := range w.hosts {
		h.stop()
	}
}
