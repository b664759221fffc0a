package sim

import (
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// output is what a node has said and not yet been allowed to say (I1).
type output struct {
	appended position // end of the node's last append
	held     []held   // positions never fall; held[first:] is what waits
	first    int
	due      []done // Durable's functions that may run; due[ran:] have not
	ran      int
}

// held is a message or a Durable function that waits for a position.
type held struct {
	after   position
	message *delivery
	done    done
}

type done struct {
	f     func()
	cause trace.ID
}

// Send delivers m after everything appended so far is durable.
func (i *incarnation) Send(to node.Addr, m node.Message) { i.sendAs(i.service.addr, to, m) }

func (i *incarnation) sendAs(from, to node.Addr, m node.Message) {
	if i.over {
		return
	}
	d := i.compose(from, to, m)
	if d == nil {
		return
	}
	//parley:rule raft.log.durable-entries force=true
	if i.output.appended <= i.host.durable() {
		i.host.w.depart(d)
		return
	}
	i.output.hold(held{after: i.output.appended, message: d})
}

// SendEarly delivers m without waiting for the disk.
func (i *incarnation) SendEarly(to node.Addr, m node.Message) {
	if i.over {
		return
	}
	if d := i.compose(i.service.addr, to, m); d != nil {
		i.host.w.depart(d)
	}
}

// Durable runs f once everything appended so far is durable, at the end of
// the present event at the earliest.
func (i *incarnation) Durable(f func()) {
	if i.over {
		return
	}
	d := done{f, i.host.w.trace.now}
	if i.output.appended <= i.host.durable() {
		i.output.due = append(i.output.due, d)
		return
	}
	i.output.hold(held{after: i.output.appended, done: d})
}

func (o *output) hold(h held) {
	if o.held = append(o.held, h); len(o.held) > maxPending {
		panic("sim: a node says more than its disk can keep up with")
	}
}

// release lets go of what waits for the log up to a position.
func (i *incarnation) release(durable position) {
	o := &i.output
	for o.first < len(o.held) && o.held[o.first].after <= durable && !i.over {
		h := o.held[o.first]
		o.held[o.first] = held{}
		o.first++
		if h.message != nil {
			i.host.w.depart(h.message)
		} else {
			o.due = append(o.due, h.done)
		}
	}
	if o.first == len(o.held) {
		o.held, o.first = o.held[:0], 0
	} else if o.first > 64 && o.first > len(o.held)/2 {
		o.held = append(o.held[:0], o.held[o.first:]...)
		o.first = 0
	}
}

// completeNext runs the first Durable function that is due.
func (i *incarnation) completeNext() bool {
	o := &i.output
	if len(o.due) == 0 {
		return false
	}
	next := o.due[o.ran]
	o.due[o.ran] = done{}
	if o.ran++; o.ran == len(o.due) {
		o.due, o.ran = o.due[:0], 0
	}
	i.host.w.trace.step(trace.Event{Kind: trace.Durable, Place: i.service.addr, Cause: next.cause})
	next.f()
	return true
}

// discard drops what a crash found waiting.
func (o *output) discard(w *World) {
	for _, h := range o.held[o.first:] {
		if h.message != nil {
			w.drop(h.message, "never durable")
		}
	}
	*o = output{}
}
