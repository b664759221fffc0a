package truetime

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical"
)

// Config is that of a client. Zero durations stand for the defaults that the
// comments name.
type Config struct {
	Masters []node.Addr
	// Interval is the time between two rounds, 30 s; Patience is how long a round
	// waits for answers, 1 s.
	Interval, Patience time.Duration
	// Drift is how much the oscillator gains or loses in a second at most; 200
	// microseconds.
	Drift time.Duration
}

// Client keeps an interval that contains the true time. It is a node, and as well
// a part of one: a protocol may own a Client and hand it Start and Receive.
type Client struct {
	cfg     Config
	env     node.Env
	clock   clock
	round   uint64
	asked   time.Duration // when the round began, by the oscillator
	answers []answer
	next    node.Timer
	over    node.Timer

	// Evicted counts how often the masters contradicted this clock altogether: its
	// oscillator drifts faster than it may.
	Evicted int
}

// answer is a master's window, made good for the moment of its arrival.
type answer struct {
	master node.Addr
	clock  clock
}

// NewClient returns a client.
func NewClient(cfg Config) *Client {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&cfg.Interval, 30 * time.Second}, {&cfg.Patience, time.Second}, {&cfg.Drift, 200 * time.Microsecond}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return &Client{cfg: cfg}
}

// Start implements node.Node.
func (c *Client) Start(env node.Env) {
	c.env = env
	c.next, c.over = env.Timer(c.ask), env.Timer(c.finish)
	c.ask()
}

// Now returns an interval that contains the true time, and whether there is one
// yet (TT.now).
func (c *Client) Now() (physical.Interval, bool) {
	return c.clock.now(c.env.Elapsed(), c.cfg.Drift), c.clock.valid
}

// After tells whether t has definitely passed (TT.after).
func (c *Client) After(t time.Time) bool {
	now, ok := c.Now()
	return ok && now.Earliest.After(t)
}

// Wait returns how long it takes until After(t), by this host's oscillator, if no
// master is heard from meanwhile; with one it may be sooner. It is what a commit wait
// sets its timer to, and zero if After(t) already. Without an interval it returns
// false.
func (c *Client) Wait(t time.Time) (time.Duration, bool) {
	return c.clock.until(t, c.env.Elapsed(), c.cfg.Drift), c.clock.valid
}

// Before tells whether t has definitely not arrived (TT.before).
func (c *Client) Before(t time.Time) bool {
	now, ok := c.Now()
	return ok && now.Latest.Before(t)
}

func (c *Client) ask() {
	c.round++
	c.asked, c.answers = c.env.Elapsed(), nil
	for _, m := range c.cfg.Masters {
		c.env.Send(m, &Query{Number: c.round})
	}
	c.over.Reset(c.cfg.Patience)
	c.next.Reset(c.cfg.Interval)
}

// Receive implements node.Node. The window was made some time in the round trip:
// the time then was no earlier than Earliest, and is no later now than Latest and
// the whole trip.
func (c *Client) Receive(from node.Addr, m node.Message) {
	w, ok := m.(*Window)
	known := slices.ContainsFunc(c.answers, func(a answer) bool { return a.master == from })
	if !ok || w.Number != c.round || known || !slices.Contains(c.cfg.Masters, from) {
		return
	}
	now := c.env.Elapsed()
	trip := now - c.asked
	trip += wrong(trip, c.cfg.Drift)
	c.answers = append(c.answers, answer{from, clock{now, physical.Interval{
		Earliest: w.Earliest, Latest: w.Latest.Add(trip),
	}, true}})
	if len(c.answers) == len(c.cfg.Masters) {
		c.finish()
	}
}

// finish ends a round. Masters that did not answer count as if they contradicted
// nobody: the majority is one of all masters.
func (c *Client) finish() {
	c.over.Stop()
	n, faulty := len(c.answers), c.liars()
	if n <= faulty {
		return
	}
	now := c.env.Elapsed()
	intervals := make([]physical.Interval, n)
	for i, a := range c.answers {
		intervals[i] = a.clock.now(now, c.cfg.Drift)
	}
	c.answers = nil
	if agreed, ok := physical.Agree(intervals, faulty); ok {
		c.adopt(now, agreed)
	}
}

// liars returns how many masters may be wrong.
func (c *Client) liars() int {
	//parley:rule spanner.truetime.masters-and-daemons value=0
	return (len(c.cfg.Masters) - 1) / 2
}

// adopt takes over what masters agree on. What was known before is as true, so
// the time lies in both (and I2 holds).
func (c *Client) adopt(now time.Duration, agreed physical.Interval) {
	if c.clock.valid {
		old := c.clock.now(now, c.cfg.Drift)
		both := physical.Interval{Earliest: later(old.Earliest, agreed.Earliest), Latest: earlier(old.Latest, agreed.Latest)}
		if both.Width() < 0 {
			c.Evicted++
			c.env.Note("evicted")
		} else {
			agreed = both
		}
	}
	c.clock = clock{now, agreed, true}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
