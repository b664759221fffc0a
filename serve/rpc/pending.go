package rpc

import (
	"slices"
	"sync"
	"time"

	"github.com/parleysystems/parley/node"
)

// pending is a call that waits for its result. It is used for one call after the
// other. number, link and due are guarded by the Client's mu.
type pending struct {
	number uint64
	sent   int          // requests handed to connections
	link   *link        // on which it was sent and has no outcome yet
	due    time.Time    // when it is to be sent again
	came   chan outcome // has room for one, which tell alone puts there
}

// outcome is what came of sending a call once.
type outcome struct {
	result resultBody
	err    error // why there is no result
}

var idle = sync.Pool{New: func() any { return &pending{came: make(chan outcome, 1)} }}

func (c *Client) begin() *pending {
	p := idle.Get().(*pending)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	p.number, p.sent = c.last, 0
	c.open = append(c.open, p)
	return p
}

func (c *Client) end(p *pending) {
	c.mu.Lock()
	if at, found := c.find(p.number); found {
		c.open = slices.Delete(c.open, at, at+1) // from here on nothing arrives for it
	}
	p.leave()
	c.mu.Unlock()
	p.empty()
	idle.Put(p)
}

// find returns where a call is in open, or would be. Its caller holds mu.
func (c *Client) find(number uint64) (at int, found bool) {
	if len(c.open) == 1 && c.open[0].number == number {
		return 0, true
	}
	return slices.BinarySearchFunc(c.open, number, func(p *pending, n uint64) int {
		switch {
		case p.number < n:
			return -1
		case p.number > n:
			return 1
		}
		return 0
	})
}

// enlist enters who is about to send b on a connection and to wait. It tells whether the
// call is the only one under way, and whether its caller is to read the connection
// (lead).
func (c *Client) enlist(p *pending, l *link, b *callBody) (alone, leads bool, err error) {
	due := time.Now().Add(c.cfg.RetryAfter)
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.err != nil {
		return false, false, l.err
	}
	p.link, p.due = l, due
	l.waiting++
	if leads = !l.read(); leads {
		l.leader = p
	}
	if !c.watched {
		c.watched = true
		c.watch.Reset(c.beat())
	}
	b.Mark = c.open[0].number - 1 // up to there all calls are over
	return len(c.open) == 1, leads, nil
}

// leave takes a call off the connection on which it waits.
func (p *pending) leave() {
	if p.link != nil {
		p.link.waiting--
		p.link = nil
	}
}

// empty drops an outcome that nobody has taken.
func (p *pending) empty() {
	select {
	case <-p.came:
	default:
	}
}

// tell gives a call its outcome. A result takes the place of an error; an error is only
// told to a call that still waits on its connection, and so not after a result. The
// caller holds mu.
func (c *Client) tell(p *pending, o outcome) {
	if l := p.link; l != nil && l.leader == p && o.err != nil {
		l.hush()
	}
	p.leave()
	p.empty()
	p.came <- o
}

// arrived hands a result to who waits for it. One that nobody waits for is of a copy, or
// of a call that was given up.
func (c *Client) arrived(r resultBody) {
	if at, found := c.find(r.Number); found {
		c.tell(c.open[at], outcome{result: r})
	}
}

// beat is how exactly RetryAfter is kept, and how soon a connection without calls is
// looked after.
func (c *Client) beat() time.Duration {
	return min(max(c.cfg.RetryAfter/32, time.Millisecond), 50*time.Millisecond)
}

// look tells calls that have waited long enough, so that none needs a timer of its
// own. It comes again until there was no call for a while; then the listener
// has the connection, for somebody must notice when it ends.
func (c *Client) look() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.open {
		if p.link != nil && !now.Before(p.due) {
			c.tell(p, outcome{err: node.ErrTimeout})
		}
	}
	if len(c.open) > 0 || c.last != c.seen {
		c.seen = c.last
		c.watch.Reset(c.beat())
		return
	}
	c.watched = false
	if c.link != nil && !c.link.read() {
		c.link.summon()
	}
}
