package multicasttest

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// Client submits multicasts, one after the other, each to a member drawn at
// random, and notes which the member said it had taken.
type Client struct {
	members []node.Addr
	first   uint64 // its multicasts are first, first+1, ...
	count   int
	pause   time.Duration
	sent    int
	over    bool
	taken   []uint64
}

// Start implements node.Node.
func (c *Client) Start(env node.Env) {
	env.Go(func(t node.Task) {
		for c.sent < c.count {
			t.Sleep(time.Duration(env.Rand().Int64N(int64(c.pause))))
			to, id := c.members[env.Rand().IntN(len(c.members))], c.first+uint64(c.sent)
			c.sent++ // whatever becomes of it: a power loss may come before the answer
			answer, err := t.Call(to, &multicast.Submit{Body: body(id)}, time.Second)
			if s, ok := answer.(*multicast.Submitted); err == nil && ok && s.Refused == "" {
				c.taken = append(c.taken, id)
			}
		}
		c.over = true
	})
}

// Receive implements node.Node.
func (c *Client) Receive(node.Addr, node.Message) {}

// done tells whether the client has submitted all, and heard of it or given up.
func (c *Client) done() bool { return c.over }
