package h2

import (
	"math"
	"sync/atomic"
	"time"
)

// maxEarlyPings is how many pings a client may send too early.
const maxEarlyPings = 2

// pings counts a client's. conn.mu guards it.
type pings struct {
	before time.Time
	early  int
}

// allow takes note of a ping, and tells whether the client may go on.
func (p *pings) allow(o Options, calls bool) bool {
	least := o.PingInterval
	if !calls {
		least = o.IdlePingInterval
	}
	now := time.Now()
	if now.Sub(p.before) < least {
		p.early++
	}
	p.before = now
	return p.early <= maxEarlyPings
}

// answered allows for the pings by which clients measure how fast they are sent
// to.
func (p *pings) answered() { *p = pings{} }

// keeper pings a client that is silent, and cuts off one that stays so.
type keeper struct {
	timer   *time.Timer
	stopped atomic.Bool
}

func (c *conn) keep() *keeper {
	k := &keeper{}
	o := c.server.options
	asked := false
	k.timer = time.AfterFunc(math.MaxInt64, func() {
		switch {
		case c.heard.Swap(false):
			asked = false
			k.reset(o.KeepAlive)
		case asked:
			c.cut()
		default:
			asked = true
			c.ping()
			k.reset(o.KeepAliveTimeout)
		}
	})
	k.timer.Reset(o.KeepAlive)
	return k
}

func (k *keeper) reset(d time.Duration) {
	if !k.stopped.Load() {
		k.timer.Reset(d)
	}
}

// Stop ends the watch over the client.
func (k *keeper) Stop() {
	k.stopped.Store(true)
	k.timer.Stop()
}

// ping asks for a sign of life.
func (c *conn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.framer.WritePing(false, [8]byte{}) // into the outbox, which takes everything
	c.out.wake()
}
