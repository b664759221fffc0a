package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/parleysystems/parley/kernel/wire"
)

// link is a connection of a client. down is closed when it has ended; err tells
// why then.
type link struct {
	conn net.Conn
	out  *outbox
	down chan struct{}
	err  error
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
	l, s, err := c.dial(ctx)
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
	go c.listen(l, s)
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
func (c *Client) dial(ctx context.Context) (*link, *stream, error) {
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
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	s := newStream(conn, c.cfg.MaxFrame, c.cfg.RetryAfter)
	err = c.greet(conn, s)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return &link{conn: conn, out: newOutbox(conn, c.cfg.MaxQueue, c.cfg.RetryAfter), down: make(chan struct{})}, s, nil
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

// listen hands results out until the connection ends.
func (c *Client) listen(l *link, s *stream) {
	for l.err == nil {
		k, body, err := s.next()
		var r resultBody
		switch {
		case err != nil:
			l.err = fmt.Errorf("connection lost: %w", err)
		case k == refusal:
			l.err = refused(body)
		case k != result:
			l.err = fmt.Errorf("a server does not send frames of kind %d", k)
		default:
			if l.err = wire.UnmarshalBodyAlias(body, &r); l.err == nil {
				c.arrived(r)
			}
		}
	}
	c.mu.Lock()
	if c.closed {
		l.err = ErrClosed
	}
	if c.link == l {
		c.link = nil
	}
	c.mu.Unlock()
	l.out.close()
	l.conn.Close()
	close(l.down)
}
