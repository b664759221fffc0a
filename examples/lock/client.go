package main

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// Client takes the lock again and again, and tells the experiment when it
// believes to have it.
type Client struct {
	server node.Addr
	inside func(client node.Addr, is bool)
}

// Start begins an incarnation. One that crashed within the lock asks for it, and
// gives it back, as if nothing had happened.
func (c *Client) Start(env node.Env) {
	c.inside(env.Self(), false)
	env.Go(c.run)
}

func (c *Client) run(t node.Task) {
	self, attempts := t.Env().Self(), t.Env().Log("attempts")
	for {
		// The number of a record: none is given twice, whatever crashes, since
		// Acquire leaves only when the record is durable.
		number := attempts.Append(nil)
		attempts.Trim(number)
		attempt := uint64(number)
		c.call(t, &Acquire{attempt})
		c.inside(self, true)
		t.Sleep(20 * time.Millisecond)
		c.inside(self, false)
		c.call(t, &Release{attempt})
		t.Sleep(time.Duration(t.Env().Rand().Int64N(int64(50 * time.Millisecond))))
	}
}

// call asks until there is an answer.
func (c *Client) call(t node.Task, request node.Message) {
	for {
		if _, err := t.Call(c.server, request, 50*time.Millisecond); err == nil {
			return
		}
	}
}

// Receive is for messages outside of calls, which nobody sends.
func (c *Client) Receive(node.Addr, node.Message) {}
