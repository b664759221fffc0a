package rpc

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// desk is between connections and the server. Calls go from a connection's reader to
// the server's loop, which hands the replies to who waits for them: there is no stop
// between.
type desk struct {
	host     *live.Host
	service  string // the server's
	maxCalls int
	self     node.Addr // from where the server has the calls

	mu      sync.Mutex // guards what follows, and the open of connections
	waiting map[rpc.XID]waiters
	clients map[node.Addr]int // connections of each name
}

// waiters are the connections on which a call came: nearly always one.
type waiters struct {
	first *conn
	more  []*conn
}

// opens has the server attend to the desk.
func (d *desk) opens() error {
	done := make(chan error, 1)
	err := d.host.Do(d.service, func(n node.Node) {
		server, ok := n.(*rpc.Server)
		if !ok {
			done <- fmt.Errorf("service %s is a %T, want an *rpc.Server", d.service, n)
			return
		}
		var err error
		d.self, err = server.Attend("rpc-door", d.reply)
		done <- err
	})
	if err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-d.host.Done():
		return errors.Join(live.ErrStopped, d.host.Err())
	}
}

// reply hands a reply to who waits for it. It runs on the server's loop, which must not
// wait.
func (d *desk) reply(r *rpc.Reply) {
	w, last := d.answered(r.ID)
	if w.first != nil {
		w.first.reply(r.ID.Number, r.Status, r.Result, last)
	}
	for _, c := range w.more {
		c.reply(r.ID.Number, r.Status, r.Result, false)
	}
}

// answered returns who waits for a call, and forgets it; last tells whether the first of
// them waits for nothing else.
func (d *desk) answered(id rpc.XID) (w waiters, last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w = d.waiting[id]
	delete(d.waiting, id)
	if w.first != nil {
		delete(w.first.open, id.Number)
		last = len(w.first.open) == 0
	}
	for _, c := range w.more {
		delete(c.open, id.Number)
	}
	return w, last
}

// enter takes down a connection whose client is known.
func (d *desk) enter(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients[c.client]++
}

// bye has the server forget a client that has no other connection and waits for nothing.
// All that came on this one was handed to the server before, and TCP makes no copies.
func (d *desk) bye(c *conn) {
	d.mu.Lock()
	over := len(c.open) == 0 && d.clients[c.client] == 1
	d.mu.Unlock()
	if over {
		// A host that has stopped has nothing to forget.
		_ = d.host.Do(d.service, func(n node.Node) { n.Receive(d.self, &rpc.Forget{Client: c.client}) })
	}
}

// take hands on what came on a connection. A call that is alone runs here and now if
// the server rests; otherwise take waits while the server's mailbox is full.
func (d *desk) take(c *conn, requests []rpc.Request) error {
	admitted, alone := d.admit(c, requests)
	run := func(n node.Node) {
		for i := range admitted {
			n.Receive(d.self, &admitted[i])
		}
	}
	if alone {
		return d.host.DoHere(d.service, run)
	}
	return d.host.Do(d.service, run)
}

// admit takes down who waits for which call, and answers those that are too many. It
// tells whether the connection has no other call under way.
func (d *desk) admit(c *conn, requests []rpc.Request) (admitted []rpc.Request, alone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	admitted = slices.DeleteFunc(requests, func(r rpc.Request) bool {
		if !c.open[r.ID.Number] && len(c.open) >= d.maxCalls {
			c.reply(r.ID.Number, rpc.Overloaded, []byte("too many calls on one connection"), false)
			return true
		}
		c.open[r.ID.Number] = true
		switch w := d.waiting[r.ID]; {
		case w.first == nil:
			d.waiting[r.ID] = waiters{first: c}
		case w.first != c && !slices.Contains(w.more, c):
			d.waiting[r.ID] = waiters{w.first, append(w.more, c)}
		}
		return false
	})
	return admitted, len(admitted) == 1 && len(c.open) == 1
}

// leave forgets a connection, from which nothing comes any more. Its calls go on.
func (d *desk) leave(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
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
	if d.clients[c.client]--; d.clients[c.client] <= 0 {
		delete(d.clients, c.client) // also of one that never said its name
	}
}
