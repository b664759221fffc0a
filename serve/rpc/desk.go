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
	server   string // the service
	maxCalls int
	waiting  map[rpc.XID][]*conn
}

// Start implements node.Node.
func (d *desk) Start(env node.Env) { d.env = env }

// Receive implements node.Node.
func (d *desk) Receive(_ node.Addr, m node.Message) {
	reply, ok := m.(*rpc.Reply)
	if !ok {
		return
	}
	for _, c := range d.waiting[reply.ID] {
		delete(c.open, reply.ID.Number)
		c.reply(reply.ID.Number, reply.Status, reply.Result)
	}
	delete(d.waiting, reply.ID)
}

// take hands on what came on a connection.
func (d *desk) take(c *conn, requests []*rpc.Request) {
	if c.gone {
		return
	}
	for _, r := range requests {
		if !c.open[r.ID.Number] && len(c.open) >= d.maxCalls {
			c.reply(r.ID.Number, rpc.Overloaded, []byte("too many calls on one connection"))
			continue
		}
		c.open[r.ID.Number] = true
		if !slices.Contains(d.waiting[r.ID], c) {
			d.waiting[r.ID] = append(d.waiting[r.ID], c)
		}
		d.env.Send(node.Join(d.env.Self().Host(), d.server), r)
	}
}

// leave forgets a connection. Its calls go on.
func (d *desk) leave(c *conn) {
	c.gone = true
	for number := range c.open {
		id := rpc.XID{Client: c.client, Number: number}
		d.waiting[id] = slices.DeleteFunc(d.waiting[id], func(other *conn) bool { return other == c })
		if len(d.waiting[id]) == 0 {
			delete(d.waiting, id)
		}
	}
	clear(c.open)
}
