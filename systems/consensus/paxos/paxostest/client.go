package paxostest

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Client wants one value chosen, and does not give up.
type Client struct {
	proposers []node.Addr
	value     paxos.Value
	wait      time.Duration
	outcome   paxos.Value
}

// Start implements node.Node.
func (c *Client) Start(env node.Env) {
	env.Go(func(t node.Task) {
		t.Sleep(c.wait)
		for c.outcome == "" {
			if v, err := paxos.Propose(t, c.proposers, c.value, 300*time.Millisecond, 3); err == nil {
				c.outcome = v
			}
		}
	})
}

// Receive implements node.Node.
func (c *Client) Receive(node.Addr, node.Message) {}
