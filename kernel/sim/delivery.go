package sim

import (
	"github.com/parleysystems/parley/kernel/trace"
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
	recent [recentRoutes]route // found without hashing
	oldest int                 // of them, about to be replaced
	known  map[node.Addr]route
}

type route struct {
	to      node.Addr
	link    *link
	service *service
}

// recentRoutes suffices for the peers of a group of five.
const recentRoutes = 4

// maxRoutes bounds what a node remembers; past it, it starts anew.
const maxRoutes = 4096

// route resolves an address without a call; others it does not find.
func (i *incarnation) route(to node.Addr) (route, bool) {
	r := &i.routes
	for k := range r.recent {
		if r.recent[k].to == to {
			return r.recent[k], true
		}
	}
	found, ok := r.known[to]
	if !ok {
		service := i.host.w.find(to)
		if _, call := to.Call(); call || service == nil {
			return route{}, false
		}
		found = route{to, i.host.w.linkBetween(i.host, service.host), service}
		if r.known == nil || len(r.known) >= maxRoutes {
			r.known = map[node.Addr]route{}
		}
		r.known[to] = found
	}
	r.recent[r.oldest] = found
	r.oldest = (r.oldest + 1) % recentRoutes
	return found, true
}

// compose makes a delivery, or returns nil if nobody lives at the address.
func (i *incarnation) compose(from, to node.Addr, m node.Message) *delivery {
	w := i.host.w
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
	d.from, d.to, d.place, d.message = from, to, i.place, m
	d.life = int32(i.host.incarnation)
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
