package h2

import (
	"errors"

	"golang.org/x/net/http2"
)

// read handles frames until the connection fails or the client breaks a rule
// that costs it the connection.
func (c *conn) read() error {
	for {
		f, err := c.framer.ReadFrame()
		if err == nil {
			c.heard.Store(true)
			err = c.handle(f)
		}
		var one http2.StreamError
		if errors.As(err, &one) {
			c.resetStream(one.StreamID, one.Code)
		} else if err != nil {
			return err
		}
		if !c.waitForRoom() {
			return errCut
		}
	}
}

var errCut = errors.New("h2: the connection is closed")

// waitForRoom keeps a client that asks but does not read from costing more than
// an outbox. It tells whether the connection is still open.
func (c *conn) waitForRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.out.full() && !c.out.closed {
		c.out.drained.Wait()
	}
	return !c.out.closed
}

func (c *conn) handle(f http2.Frame) error {
	if c.header.unfinished && f.Header().Type != http2.FrameContinuation {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	switch f := f.(type) {
	case *http2.HeadersFrame:
		return c.onHeaders(f)
	case *http2.ContinuationFrame:
		return c.onContinuation(f)
	case *http2.DataFrame:
		return c.onData(f)
	case *http2.WindowUpdateFrame:
		return c.onWindowUpdate(f)
	case *http2.SettingsFrame:
		return c.onSettings(f)
	case *http2.PingFrame:
		return c.onPing(f)
	case *http2.RSTStreamFrame:
		return c.onReset(f)
	case *http2.PriorityFrame:
		if f.StreamDep == f.StreamID {
			return http2.StreamError{StreamID: f.StreamID, Code: http2.ErrCodeProtocol}
		}
	case *http2.PushPromiseFrame:
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return nil // GOAWAY: a client that goes closes; unknown frames are skipped (RFC 9113, 4.1)
}

// onSettings obeys what concerns a sender of responses.
func (c *conn) onSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := f.ForeachSetting(func(s http2.Setting) error {
		if err := s.Valid(); err != nil {
			return err
		}
		switch s.ID {
		case http2.SettingInitialWindowSize:
			return c.resizeWindows(int64(s.Val))
		case http2.SettingMaxFrameSize:
			c.out.frame = min(int(s.Val), maxFrame)
		case http2.SettingHeaderTableSize:
			c.out.fields.limit(min(s.Val, tableSize))
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.sendBlocked()
	c.out.wake()
	return c.framer.WriteSettingsAck()
}

func (c *conn) onPing(f *http2.PingFrame) error {
	if f.IsAck() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.pings.allow(c.server.options, len(c.streams) > 0) {
		_ = c.framer.WriteGoAway(c.last, http2.ErrCodeEnhanceYourCalm, []byte("too_many_pings"))
		c.out.wake()
		return errCut
	}
	c.out.wake()
	return c.framer.WritePing(true, f.Data)
}

// onReset ends a call that its client no longer waits for.
func (c *conn) onReset(f *http2.RSTStreamFrame) error {
	if f.StreamID > c.last {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.streams[f.StreamID]; s != nil {
		s.drop(errCancelled)
	}
	return nil
}

// resetStream tells the client that a stream is over without an answer.
func (c *conn) resetStream(id uint32, code http2.ErrCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.streams[id]; s != nil {
		s.drop(errCancelled)
	}
	_ = c.framer.WriteRSTStream(id, code) // into the outbox, which takes everything
	c.out.wake()
}
