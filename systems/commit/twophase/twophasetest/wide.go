package twophasetest

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// wide is a client of one transaction, in which all banks take part.
type wide struct {
	k *Cluster
	// kinds says of each bank y, n or r, as on a stage; all y if it is "".
	kinds string

	tx           twophase.TxID
	asked, heard time.Duration // of the world; when it asked for the commit, when it heard
	err          error
}

func (c *wide) Receive(node.Addr, node.Message) {}

func (c *wide) Start(env node.Env) {
	env.Go(func(t node.Task) {
		client := twophase.NewClient(env, c.k.Coordinators, twophase.ClientConfig{Timeout: time.Minute, RetryAfter: 10 * time.Second})
		tx, err := client.Begin(t)
		if err != nil {
			c.err = err
			return
		}
		c.tx = tx.ID()
		for i, h := range c.k.Banks {
			op := bank.Add("0", int64(1-2*(i%2)))
			if c.kinds != "" && c.kinds[i] == 'n' {
				op = bank.Add("0", -2*purse)
			} else if c.kinds != "" && c.kinds[i] == 'r' {
				op = bank.Read("0")
			}
			if _, err := tx.Call(t, participantAddr(h), op); err != nil {
				c.err = err
				return
			}
		}
		c.k.Oracle.asked(c.tx, tx.Branches())
		c.asked = c.k.World.Now()
		c.err = tx.Commit(t)
		c.heard = c.k.World.Now()
	})
}
