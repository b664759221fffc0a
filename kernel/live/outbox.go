package live

import "github.com/parleysystems/parley/node"

// outboxes collect what may leave a node, by destination, until the end of the
// round: one lock and at most one wake-up a destination.
//
// Owner: the loop.
type outboxes struct {
	loop   *loop
	byHost map[string]*outbox // other hosts
	byName map[string]*outbox // services of this host
	full   []*outbox          // those with content, in the order of their first message
}

type outbox struct {
	local    bool
	name     string
	messages []message
	events   []event
}

// maxOutboxes bounds the memory of where a node once sent something.
const maxOutboxes = 4096

func (o *outboxes) add(m message) {
	o.loop.steps.sends(&m)
	host, rest := split(m.to)
	if host == o.loop.host.name {
		service, call := splitCall(rest)
		b := o.outbox(o.byName, service, true)
		b.events = append(b.events, event{from: m.from, call: call, m: m.m, cause: m.cause})
		return
	}
	b := o.outbox(o.byHost, host, false)
	b.messages = append(b.messages, m)
}

func (o *outboxes) outbox(in map[string]*outbox, name string, local bool) *outbox {
	b := in[name]
	if b == nil {
		b = &outbox{name: name, local: local}
		in[name] = b
	}
	if len(b.messages) == 0 && len(b.events) == 0 {
		o.full = append(o.full, b)
	}
	return b
}

// flush passes everything on, or nothing once the host has stopped.
func (o *outboxes) flush() {
	stopped := o.loop.host.stopped()
	for i, b := range o.full {
		if !stopped && b.local {
			o.loop.host.deliver(b.name, b.events, 0)
		} else if !stopped {
			o.loop.host.sendTo(b.name, b.messages)
		}
		clear(b.messages)
		clear(b.events)
		b.messages, b.events = b.messages[:0], b.events[:0]
		o.full[i] = nil
	}
	o.full = o.full[:0]
	if len(o.byHost)+len(o.byName) > maxOutboxes {
		clear(o.byHost)
		clear(o.byName)
	}
}

// split parts an address at its slash.
func split(a node.Addr) (host, rest string) {
	for i := range len(a) {
		if a[i] == '/' {
			return string(a[:i]), string(a[i+1:])
		}
	}
	return string(a), ""
}

func splitCall(rest string) (service, call string) {
	for i := range len(rest) {
		if rest[i] == '#' {
			return rest[:i], rest[i+1:]
		}
	}
	return rest, ""
}
