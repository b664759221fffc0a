package h2

import (
	"errors"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// reply sends the one message of a unary call, with its prefix, and ends the call. It
// keeps nothing of message.
func (s *stream) reply(message []byte, header, trailing metadata.MD) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	s.release()
	if s.dropped != nil || s.trailer != nil {
		return
	}
	s.open(header)
	s.trailer = &trailer{nil, trailing}
	s.pending = message
	s.send()
	if len(s.pending) > 0 {
		s.pending = append([]byte(nil), s.pending...)
	}
}

// finish ends a call when its handler has: well if err is nil, and else with its
// status.
func (s *stream) finish(err error, trailing metadata.MD) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.release()
	s.conclude(err, trailing)
}

// conclude ends a call, unless that has been done. conn.mu is held.
func (s *stream) conclude(err error, trailing metadata.MD) {
	if s.dropped != nil || s.trailer != nil {
		return
	}
	s.trailer = &trailer{nil, trailing}
	if err != nil {
		s.trailer.status = status.Convert(err)
	}
	s.send()
}

// open sends the response's header, once. conn.mu is held.
func (s *stream) open(more metadata.MD) {
	if !s.opened {
		s.opened = true
		s.conn.out.fields.begin()
		s.conn.out.fields.response(more)
		s.conn.writeFields(s.id, false)
	}
}

// send moves what waits into the outbox, as far as windows and room go, and the
// trailer behind it. conn.mu is held.
func (s *stream) send() {
	if s.dropped != nil {
		return
	}
	c := s.conn
	for len(s.pending) > 0 {
		n := min(len(s.pending), c.out.frame)
		if s.window <= 0 {
			return // onWindowUpdate goes on
		}
		if c.out.window <= 0 || c.out.full() {
			s.block() // sendBlocked goes on
			return
		}
		n = int(min(int64(n), s.window, c.out.window))
		_ = c.framer.WriteData(s.id, false, s.pending[:n]) // into the outbox, which takes everything
		c.pings.answered()
		s.window -= int64(n)
		c.out.window -= int64(n)
		s.pending = s.pending[n:]
		c.out.wake()
	}
	s.pending = nil
	if s.trailer != nil {
		s.sendTrailer()
	}
	signal(s.room)
}

func (s *stream) block() {
	if !s.blocked {
		s.blocked = true
		s.conn.out.blocked = append(s.conn.out.blocked, s)
	}
}

// sendTrailer ends the stream on our side, and the client's side too if that is
// still open: nobody listens any more.
func (s *stream) sendTrailer() {
	c := s.conn
	c.out.fields.begin()
	if !s.opened {
		c.out.fields.response(nil)
	}
	c.out.fields.trailer(s.trailer)
	c.writeFields(s.id, true)
	if !s.ended {
		_ = c.framer.WriteRSTStream(s.id, http2.ErrCodeNo) // into the outbox, which takes everything
	}
	s.dropped = errAnswered
	s.close()
	if s.cancel != nil {
		s.cancel(errAnswered)
	}
}

var errAnswered = errors.New("h2: the call has been answered")

// writeFields sends the header block that was just encoded, in as many frames as
// it needs.
func (c *conn) writeFields(id uint32, end bool) {
	block := c.out.fields.block.Bytes()
	first := min(len(block), c.out.frame)
	_ = c.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: block[:first], EndStream: end, EndHeaders: first == len(block),
	}) // into the outbox, which takes everything
	for block = block[first:]; len(block) > 0; block = block[first:] {
		first = min(len(block), c.out.frame)
		_ = c.framer.WriteContinuation(id, first == len(block), block[:first]) // likewise
	}
	c.out.wake()
}
