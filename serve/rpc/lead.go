package rpc

import (
	"context"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
)

// A connection is read by one at a time. A caller who finds that nobody does leads: it
// reads until its own result is there, which so comes without a stop at
// another goroutine. If others wait by then it leaves the reading to the
// connection's listener, which reads on for all, until for a while every result was one
// that a lone caller waited for (I4).

// read tells whether somebody reads the connection, or is about to. As for all that
// follows here, its caller holds the Client's mu, unless it says otherwise.
func (l *link) read() bool { return l.leader != nil || l.listening }

// summon has the listener read.
func (l *link) summon() {
	l.leader, l.listening, l.lone = nil, true, 0
	l.wake <- struct{}{} // it waits for that: there is room
}

// hush has the leader stop to wait for bytes.
func (l *link) hush() {
	l.hushed = true
	_ = l.conn.SetReadDeadline(time.Unix(1, 0)) // of a closed connection nobody waits for bytes
}

// lead reads for a call until it has an outcome. What takes more than whole frames is the
// listener's. Without mu.
func (c *Client) lead(ctx context.Context, l *link, p *pending) {
	if ctx.Done() != nil {
		number := p.number
		defer context.AfterFunc(ctx, func() { c.giveUp(p, number, ctx.Err()) })()
	}
	for len(p.came) == 0 && l.in.begun() == nil && l.in.ready() {
		r, err := l.hear()
		if err != nil {
			break // the listener hears it too
		}
		c.mu.Lock()
		c.arrived(r)
		c.mu.Unlock()
	}
	c.pass(l)
}

// giveUp ends the wait of a call, if it is still the one of that number. Without mu.
func (c *Client) giveUp(p *pending, number uint64, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.number == number && p.link != nil {
		c.tell(p, outcome{err: why})
	}
}

// pass ends a lead. Without mu.
func (c *Client) pass(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.hushed {
		l.hushed = false
		_ = l.conn.SetReadDeadline(time.Time{}) // who reads next will find out
	}
	l.leader = nil
	if l.waiting > 0 || l.in.r.Buffered() > 0 || c.closed {
		l.summon()
	}
}

// listen reads whenever it is its turn, until the connection ends. It has room for what
// no caller can do: wait without end, for what may never come. Without mu.
func (c *Client) listen(l *link) {
	for range l.wake {
		for rest := false; !rest; {
			r, err := l.hear()
			if err != nil {
				c.drop(l, err)
				return
			}
			rest = c.heard(l, r)
		}
	}
}

// loneliness is after how many results in a row for lone callers the listener leaves the
// reading to them.
const loneliness = 16

// heard hands out what the listener has read, and tells whether it may rest. Without mu.
func (c *Client) heard(l *link, r resultBody) (rest bool) {
	if c.hand != nil {
		c.hand(r)
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.lone++; len(c.open) > 1 {
		l.lone = 0
	}
	c.arrived(r)
	rest = l.lone >= loneliness && l.waiting == 0 && l.in.r.Buffered() == 0 && !c.closed
	l.listening = !rest
	return rest
}

// hear returns the next result, or why there will be none. Who reads calls it, without
// mu.
func (l *link) hear() (resultBody, error) {
	if l.deaf != nil {
		return resultBody{}, l.deaf
	}
	l.heard = resultBody{}
	k, body, err := l.in.next()
	switch {
	case err != nil:
		err = fmt.Errorf("connection lost: %w", err)
	case k == refusal:
		err = refused(body)
	case k != result:
		err = fmt.Errorf("a server does not send frames of kind %d", k)
	default:
		err = wire.UnmarshalBodyAlias(body, &l.heard)
	}
	l.deaf = err
	return l.heard, err
}

// drop ends a connection and tells whose calls wait on it. Without mu.
func (c *Client) drop(l *link, why error) {
	c.mu.Lock()
	if c.closed {
		why = ErrClosed
	}
	l.err = why
	if c.link == l {
		c.link = nil
	}
	for _, p := range c.open {
		if p.link == l {
			c.tell(p, outcome{err: why})
		}
	}
	c.mu.Unlock()
	l.out.close()
	l.conn.Close()
}
