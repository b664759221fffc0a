package rpc

import (
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// desk is the node behind the door: on its host's loop it hands the calls of
// connections on to the server, and its replies back to who waits for them.
type desk struct {
	env      node.Env
	service  string
	server   node.Addr
	maxCalls int
	waiting  map[rpc.XID]waiters
}

// waiters are the connections on which a call came: nearly always one.
type waiters struct {
	first *conn
	more  []*conn
}

// Start implements node.Node.
func (d *desk) Start(env node.Env) {
	d.env, d.server = env, node.Join(env.Self().Host(), d.service)
}

// Receive implements node.Node.
func (d *desk) Receive(_ node.Addr, m node.Message) {
	reply, ok := m.(*rpc.Reply)
	if !ok {
		return
	}
	w := d.waiting[reply.ID]
	delete(d.waiting, reply.ID)
	if w.first != nil {
		w.first.replied(reply)
	}
	for _, c := range w.more {
		c.replied(reply)
	}
}

func (c *conn) replied(r *rpc.Reply) {
	delete(c.open, r.ID.Number)
	c.reply(r.ID.Number, r.Status, r.Result)
}

// take hands on what came on a connection.
func (d *desk) take(c *conn, requests []rpc.Request) {
	if c.gone {
		return
	}
	for i := range requests {
		r := &requests[i]
		if !c.open[r.ID.Number] && len(c.open) >= d.maxCalls {
			c.reply(r.ID.Number, rpc.Overloaded, []byte("too many calls on one connection"))
			continue
		}
		c.open[r.ID.Number] = true
		switch w := d.waiting[r.ID]; {
		case w.first == nil:
			d.waiting[r.ID] = waiters{first: c}
		case w.first != c && !slices.Contains(w.more, c):
			d.waiting[r.ID] = waiters{w.first, append(w.more, c)}
		}
		d.env.Send(d.server, r)
	}
}

// leave forgets a connection. Its calls go on.
func (d *desk) leave(c *conn) {
	c.gone = true
	for number := range c.open {
		id := rpc.XID{Client: c.client, Number: number}
		w := d.waiting[id]
		w.more = slices.DeleteFunc(w.more, func(other *conn) bool { return other == c })
		if w.first == c {
			w.first = nil
			if n := len(w.more); n > 0 {
				w.first, w.more = w.more[n-1], w.more[:n-1]
			}
		}
		if d.waiting[id] = w; w.first == nil {
			delete(d.waiting, id)
		}
	}
	clear(c.open)
}
