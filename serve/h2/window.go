package h2

import (
	"math"
	"slices"

	"golang.org/x/net/http2"
)

// What a client may send: windows that we grant (RFC 9113, 5.2). What we may
// send: windows that it grants.

const maxWindow = math.MaxInt32

// onData takes the bytes of a message, or of a part of one.
func (c *conn) onData(f *http2.DataFrame) error {
	c.mu.Lock()
	size := int64(f.Length) // padding counts
	if c.credit -= size; c.credit < 0 {
		c.mu.Unlock()
		return http2.ConnectionError(http2.ErrCodeFlowControl)
	}
	c.grantConn(size)
	s := c.streams[f.StreamID]
	if s == nil || s.ended {
		c.mu.Unlock()
		return c.strayData(f)
	}
	if s.credit -= size; s.credit < 0 {
		c.mu.Unlock()
		return http2.StreamError{StreamID: f.StreamID, Code: http2.ErrCodeFlowControl}
	}
	return s.onData(f) // unlocks
}

// strayData belongs to a stream that is over, which a client may not know yet,
// or was never opened.
func (c *conn) strayData(f *http2.DataFrame) error {
	if f.StreamID > c.last {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return http2.StreamError{StreamID: f.StreamID, Code: http2.ErrCodeStreamClosed}
}

// grantConn gives the connection's window back in large pieces. Messages are bounded
// one by one and by maxBuffered, so it need not wait for them to be used.
func (c *conn) grantConn(n int64) {
	if c.owed += n; c.owed >= int64(c.server.options.Window) {
		_ = c.framer.WriteWindowUpdate(0, uint32(c.owed)) // into the outbox, which takes everything
		c.credit, c.owed = c.credit+c.owed, 0
		c.out.wake()
	}
}

// grant gives the stream's window back. conn.mu is held.
func (s *stream) grant() {
	if s.owed > 0 && !s.ended {
		_ = s.conn.framer.WriteWindowUpdate(s.id, uint32(s.owed)) // into the outbox, which takes everything
		s.credit, s.owed = s.credit+s.owed, 0
		s.conn.out.wake()
	}
}

func (c *conn) onWindowUpdate(f *http2.WindowUpdateFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.StreamID == 0 {
		if c.out.window += int64(f.Increment); c.out.window > maxWindow {
			return http2.ConnectionError(http2.ErrCodeFlowControl)
		}
		c.sendBlocked()
		return nil
	}
	s := c.streams[f.StreamID]
	if s == nil {
		if f.StreamID > c.last {
			return http2.ConnectionError(http2.ErrCodeProtocol)
		}
		return nil
	}
	if s.window += int64(f.Increment); s.window > maxWindow {
		return http2.StreamError{StreamID: f.StreamID, Code: http2.ErrCodeFlowControl}
	}
	s.send()
	return nil
}

// resizeWindows gives every stream another initial window, also after the fact
// (RFC 9113, 6.9.2): a window may become negative. c.mu is held.
func (c *conn) resizeWindows(initial int64) error {
	delta := initial - c.out.stream
	c.out.stream = initial
	for _, s := range c.streams {
		if s.window += delta; s.window > maxWindow {
			return http2.ConnectionError(http2.ErrCodeFlowControl)
		}
		if delta > 0 {
			s.send()
		}
	}
	return nil
}

// sendBlocked lets streams go on that waited for the connection's window or for
// room in the outbox. c.mu is held.
func (c *conn) sendBlocked() {
	for len(c.out.blocked) > 0 && c.out.window > 0 && !c.out.full() {
		s := c.out.blocked[0]
		c.out.blocked = slices.Delete(c.out.blocked, 0, 1)
		s.blocked = false
		s.send()
	}
}
