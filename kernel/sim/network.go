package sim

import (
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
)

// depart hands a message to the network, which decides what becomes of it.
func (w *World) depart(d *delivery) {
	l := d.link
	s := l.now(&w.rules)
	l.sent++
	if w.trace.to != nil {
		d.cause = w.trace.effect(trace.Event{Kind: trace.Send, Place: d.from.Node(), Peer: d.to,
			What: typeName(d.message), Detail: d.message, Cause: d.cause})
	}
	what := ""
	if len(l.from.watchers) > 0 {
		what = typeName(d.message)
	}
	switch {
	case s.cut:
		w.drop(d, "cut")
	case s.lost != nil && s.lost.has(l.sent), l.lost != nil && l.lost.has(l.sent):
		w.drop(d, "lost by number")
	case s.Loss > 0 && chance(l.draw(forLoss), s.Loss):
		w.drop(d, "loss")
	default:
		w.transmit(d, l, s)
	}
	if what != "" {
		l.from.happens(Sends, what)
	}
}

// transmit schedules the arrival of a message, and perhaps of its duplicate.
func (w *World) transmit(d *delivery, l *link, s *shaped) {
	leaves := w.queue.now
	if s.Bandwidth > 0 {
		var room bool
		if leaves, room = w.enqueue(d, l, s); !room {
			w.drop(d, "queue full")
			return
		}
	}
	if s.Duplicate > 0 && chance(l.draw(forDuplicate), s.Duplicate) {
		twin := w.newDelivery()
		spare, own := twin.spare, twin.event
		*twin = *d
		twin.spare, twin.event = spare, own
		if w.config.Hold && l.from != l.to {
			w.hold(twin)
			w.hold(d)
			return
		}
		w.queue.push(&twin.event, leaves+int64(s.Delay.draw(l.draw(forEcho))))
	}
	if w.config.Hold && l.from != l.to {
		w.hold(d)
		return
	}
	arrives := leaves + int64(s.Delay.draw(l.draw(forDelay)))
	if s.Reorder < 1 && !(s.Reorder > 0 && chance(l.draw(forReorder), s.Reorder)) {
		arrives = max(arrives, l.newest)
		l.newest = arrives
	}
	w.queue.push(&d.event, arrives)
}

// enqueue puts a message behind those that wait for the link, and returns when
// its last byte will have left, or that there is no room.
func (w *World) enqueue(d *delivery, l *link, s *shaped) (leaves int64, room bool) {
	const second = 1_000_000_000
	size := len(d.encoded)
	if size == 0 {
		size = wire.Size(d.message)
	}
	bound := int64(s.Queue)
	if bound == 0 {
		bound = 64 << 10
	}
	rate := min(int64(s.Bandwidth), 1<<33) // so that scale does not overflow
	starts := max(l.free, w.queue.now)
	if scale(starts-w.queue.now, rate, second)+int64(size) > bound || starts > farFuture>>1 {
		return 0, false
	}
	l.free = starts + max(1, scale(int64(size), second, rate))
	return l.free, true
}

// drop loses a message.
func (w *World) drop(d *delivery, why string) {
	if w.trace.to != nil {
		w.trace.effect(trace.Event{Kind: trace.Drop, Place: d.to.Node(), Peer: d.from,
			What: why, Detail: d.message, Cause: d.cause})
	}
	w.recycle(d)
}

// act is the arrival.
func (d *delivery) act(w *World) {
	i, h := d.service.live, d.link.to
	switch {
	case d.link.now(&w.rules).cut:
		w.drop(d, "cut")
	case i == nil || i.over || !i.begun || d.link.from == h && d.life != int32(h.incarnation):
		w.drop(d, "host down")
	case h.paused && h.messages >= w.config.Backlog:
		w.drop(d, "backlog full")
	case h.paused:
		h.messages++
		h.defers(&d.event)
	default:
		w.receive(i, d)
	}
}

func (w *World) receive(i *incarnation, d *delivery) {
	m, from, call := w.decode(d), d.from, d.call
	if w.trace.to != nil {
		w.trace.now = w.trace.to.Record(trace.Event{At: w.Now(), Kind: trace.Receive, Place: i.service.addr,
			Peer: from, What: typeName(m), Detail: m, Cause: d.cause})
		w.trace.inspect(i.service)
	}
	kind, place, sum := received, d.place, d.sum
	if call != "" {
		kind = answered
	}
	w.recycle(d)
	w.begin(i, kind, place, sum)
	if call == "" {
		i.node.Receive(from, m)
	} else if i.tasks != nil {
		i.tasks.Deliver(call, m)
	}
	w.finish(i)
}
