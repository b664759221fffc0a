package sim

import (
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// delivery is a message from the call of Send to its arrival or loss.
type delivery struct {
	event
	link     *link
	service  *service // of the receiver
	call     string   // of the receiver's address
	from, to node.Addr
	place    int32 // of the sender
	life     int32 // of the sender's host
	message  node.Message
	encoded  []byte // instead of message, with Config.Codec
	sum      uint64 // of the contents, with Config.Digest
	cause    trace.ID
	spare    *delivery
}

// routes remember where a node's messages go.
type routes struct {
	last  route
	known map[node.Addr]route
}

type route struct {
	to      node.Addr
	link    *link
	service *service
}

// maxRoutes bounds what a node remembers; past it, it starts anew.
const maxRoutes = 4096

// route resolves an address without a call; others it does not find.
func (i *incarnation) route(to node.Addr) (route, bool) {
	r := &i.routes
	if r.last.to == to {
		return r.last, true
	}
	found, ok := r.known[to]
	if !ok {
		service := i.service.host.w.find(to)
		if _, call := to.Call(); call || service == nil {
			return route{}, false
		}
		found = route{to, i.service.host.w.linkBetween(i.service.host, service.host), service}
		if r.known == nil || len(r.known) >= maxRoutes {
			r.known = map[node.Addr]route{}
		}
		r.known[to] = found
	}
	r.last = found
	return found, true
}

// compose makes a delivery, or returns nil if nobody lives at the address.
func (i *incarnation) compose(from, to node.Addr, m node.Message) *delivery {
	w := i.service.host.w
	r, ok := i.route(to)
	call := ""
	if !ok {
		if r, ok = i.route(to.Node()); !ok {
			w.trace.effect(trace.Event{Kind: trace.Drop, Place: i.service.addr, Peer: to,
				What: "no such address", Detail: m, Cause: w.trace.now})
			return nil
		}
		call, _ = to.Call()
	}
	d := w.newDelivery()
	d.link, d.service, d.call = r.link, r.service, call
	d.from, d.to, d.place, d.message = from, to, i.service.place, m
	d.life = int32(i.service.host.incarnation)
	d.cause = w.trace.now
	w.encode(d)
	return d
}

// newDelivery takes a spare one, or makes some.
func (w *World) newDelivery() *delivery {
	if w.idle == nil {
		slab := make([]delivery, 64)
		for k := range slab {
			slab[k].do = &slab[k]
			slab[k].spare, w.idle = w.idle, &slab[k]
		}
	}
	d := w.idle
	w.idle, d.spare = d.spare, nil
	return d
}

func (w *World) recycle(d *delivery) {
	*d = delivery{event: event{do: d}, spare: w.idle}
	w.idle = d
}

// encode prepares a message for Config.Codec and Config.Digest.
func (w *World) encode(d *delivery) {
	if !w.config.Codec && !w.config.Digest {
		return
	}
	bytes, err := wire.Marshal(d.message)
	if err != nil {
		panic("sim: " + string(d.from) + " sends what cannot be encoded: " + err.Error())
	}
	d.sum = hashString(string(bytes))
	if w.config.Codec {
		d.encoded = bytes
	}
}

// decode returns the message to be delivered, and panics if its sender changed
// it on the way.
func (w *World) decode(d *delivery) node.Message {
	if w.config.Codec {
		m, err := wire.Unmarshal(d.encoded)
		if err != nil {
			panic("sim: message from " + string(d.from) + " cannot be decoded: " + err.Error())
		}
		return m
	}
	if w.config.Digest {
		if bytes, err := wire.Marshal(d.message); err != nil || hashString(string(bytes)) != d.sum {
			panic("sim: " + typeName(d.message) + " from " + string(d.from) + " to " +
				string(d.to) + " was changed after it was sent")
		}
	}
	return d.message
}

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
		w.queue.push(&twin.event, leaves+int64(s.Delay.draw(l.draw(forEcho))))
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
	bound := s.Queue
	if bound == 0 {
		bound = 64 << 10
	}
	starts := max(l.free, w.queue.now)
	if waiting := scale(starts-w.queue.now, int64(s.Bandwidth), second); waiting+int64(size) > int64(bound) {
		return 0, false
	}
	l.free = starts + max(1, scale(int64(size), second, int64(s.Bandwidth)))
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
