package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/parleysystems/parley/kernel/wire"
)

// link is a connection of a client. From err on, the Client's mu guards it.
type link struct {
	conn net.Conn
	out  *outbox
	wake chan struct{} // the listener's; has room for one

	in    *stream // it and what follows belong to who reads
	heard resultBody
	deaf  error // why there is nothing more to read

	err       error    // why it has ended
	leader    *pending // whose caller reads
	listening bool     // the listener reads
	waiting   int      // calls that were sent on it and have no outcome
	hushed    bool     // the leader was told to stop
	lone      int      // results for lone callers that the listener has had in a row
}

// connect returns the connection, a new one if there is none.
func (c *Client) connect(ctx context.Context) (*link, error) {
	if l, err := c.linked(); l != nil || err != nil {
		return l, err
	}
	c.dialing.Lock()
	defer c.dialing.Unlock()
	if l, err := c.linked(); l != nil || err != nil {
		return l, err // somebody else has dialled meanwhile
	}
	l, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(ErrClosed, l.conn.Close())
	}
	c.link = l
	go l.out.write()
	if c.hand != nil {
		l.summon()
	}
	go c.listen(l)
	return l, nil
}

// linked returns the connection, if there is one.
func (c *Client) linked() (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	return c.link, nil
}

// dial makes a connection and greets the server.
func (c *Client) dial(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RetryAfter)
	defer cancel()
	var conn net.Conn
	var err error
	if c.cfg.TLS != nil {
		conn, err = (&tls.Dialer{Config: c.cfg.TLS}).DialContext(ctx, "tcp", c.cfg.Address)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", c.cfg.Address)
	}
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	s := newStream(conn, c.cfg.MaxFrame, c.cfg.RetryAfter)
	err = c.greet(conn, s)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &link{conn: conn, out: newOutbox(conn, c.cfg.MaxQueue, c.cfg.RetryAfter), in: s, wake: make(chan struct{}, 1)}, nil
}

func (c *Client) greet(conn net.Conn, s *stream) error {
	if _, err := conn.Write(appendFrame(nil, helloBody{version, c.name})); err != nil {
		return err
	}
	k, body, err := s.next()
	switch {
	case err != nil:
		return fmt.Errorf("waited for welcome: %w", err)
	case k == refusal:
		return refused(body)
	case k != welcome:
		return fmt.Errorf("a server does not begin with a frame of kind %d", k)
	}
	return wire.UnmarshalBody(body, new(welcomeBody))
}

// ErrRefused says that the server has ended the connection, and the text why.
var ErrRefused = errors.New("refused by the server")

func refused(body []byte) error {
	var r refusalBody
	if err := wire.UnmarshalBody(body, &r); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: %s", ErrRefused, r.Reason)
}
