package h2

import (
	"fmt"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// onRequestHeader opens a stream, or ends the client's side of one: what stands
// in a client's trailer nobody reads.
func (c *conn) onRequestHeader(id uint32, h requestHeader, ends bool) error {
	c.mu.Lock()
	if s := c.streams[id]; s != nil {
		return s.onTrailer(ends) // unlocks
	}
	defer c.mu.Unlock()
	if id%2 == 0 {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	if id <= c.last {
		return http2.ConnectionError(http2.ErrCodeStreamClosed)
	}
	c.last = id
	h.interpret()
	switch {
	case h.bad:
		return http2.StreamError{StreamID: id, Code: http2.ErrCodeProtocol}
	case h.status != "":
		c.refuse(id, h.status, ends)
		return nil
	case c.working >= int(c.server.options.MaxStreams):
		return http2.StreamError{StreamID: id, Code: http2.ErrCodeRefusedStream}
	}
	c.open(id, h, ends)
	return nil
}

// refuse answers what is HTTP and no call of gRPC. conn.mu is held.
func (c *conn) refuse(id uint32, httpStatus string, ended bool) {
	c.out.fields.begin()
	c.out.fields.refusal(httpStatus)
	c.writeFields(id, true)
	if !ended {
		_ = c.framer.WriteRSTStream(id, http2.ErrCodeNo) // into the outbox, which takes everything
	}
}

// open begins a call. conn.mu is held.
func (c *conn) open(id uint32, h requestHeader, ends bool) {
	s := &stream{
		conn: c, id: id, header: h, ended: ends, method: c.server.methods[h.path],
		credit: int64(c.server.options.Window), window: c.out.stream, counted: true,
	}
	c.streams[id] = s
	c.working++
	switch {
	case s.method == nil:
		s.conclude(status.Error(codes.Unimplemented, fmt.Sprintf("h2: unknown method %s", h.path)), nil)
	case s.method.stream != nil:
		s.startStream()
	case ends:
		s.conclude(status.Error(codes.Internal, errNotOne.Error()), nil)
	}
}

// onTrailer ends the client's side. conn.mu is held, and released.
func (s *stream) onTrailer(ends bool) error {
	c := s.conn
	if s.ended || !ends {
		c.mu.Unlock()
		code := http2.ErrCodeProtocol
		if s.ended {
			code = http2.ErrCodeStreamClosed
		}
		return http2.StreamError{StreamID: s.id, Code: code}
	}
	s.ended = true
	if s.method.stream != nil {
		signal(s.arrived)
		c.mu.Unlock()
		return nil
	}
	return s.whole() // unlocks
}
