package h2

import (
	"context"
	"encoding/binary"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// errCancelled is why a call ended that its client gave up.
var errCancelled = status.Error(codes.Canceled, "h2: the client gave the call up")

// errGone is why a call ended whose connection is closed.
var errGone = status.Error(codes.Canceled, "h2: the client's connection is closed")

// stream is one call. conn.mu guards what follows the first paragraph.
type stream struct {
	conn    *conn
	id      uint32
	method  *method
	header  requestHeader
	started bool // a handler has it, and will end it
	counted bool // in conn.working

	// The client's side.
	received []byte        // messages, with their prefixes, that nobody has taken yet
	ended    bool          // nothing more will come
	credit   int64         // that the client may still send
	owed     int64         // received and not yet granted again
	arrived  chan struct{} // of room for one: received has grown, or ended; nil if nobody waits so

	// Our side.
	window  int64                   // that the client grants
	pending []byte                  // messages that wait for window or for room
	blocked bool                    // in conn.out.blocked
	opened  bool                    // the response's header has been sent
	trailer *trailer                // sent once pending is empty; nil until the call is over
	room    chan struct{}           // of room for one: pending has become empty; nil if nobody waits so
	dropped error                   // why nothing can be sent any more
	cancel  context.CancelCauseFunc // of the handler's context, if there is one
}

// trailer ends a call.
type trailer struct {
	status   *status.Status
	metadata metadata.MD
}

// drop ends a call without an answer. conn.mu is held.
func (s *stream) drop(reason error) {
	if s.dropped != nil {
		return
	}
	s.dropped = reason
	s.close()
	if s.cancel != nil {
		s.cancel(reason)
	}
	signal(s.arrived)
	signal(s.room)
}

// close forgets the stream: it has ended on both sides. conn.mu is held.
func (s *stream) close() {
	delete(s.conn.streams, s.id)
	s.conn.buffered -= len(s.received)
	s.received, s.pending, s.ended = nil, nil, true
	if !s.started {
		s.release()
	}
}

// release makes room for another call. conn.mu is held.
func (s *stream) release() {
	if s.counted {
		s.counted = false
		s.conn.working--
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// onData takes a frame in. conn.mu is held, and released.
func (s *stream) onData(f *http2.DataFrame) error {
	c := s.conn
	data := f.Data()
	if s.method.stream == nil && f.StreamEnded() && len(s.received) == 0 {
		// A message that came in one frame needs no copy.
		s.ended, s.started = true, true
		c.mu.Unlock()
		s.onRequest(data, true)
		return nil
	}
	if c.buffered+len(data) > maxBuffered {
		c.mu.Unlock()
		return http2.StreamError{StreamID: s.id, Code: http2.ErrCodeEnhanceYourCalm}
	}
	s.received = append(s.received, data...)
	c.buffered += len(data)
	s.owed += int64(f.Length)
	s.ended = f.StreamEnded()
	wanted := s.wanted()
	if wanted > c.server.options.MaxRecvBytes {
		s.conclude(tooLarge(wanted, c.server.options.MaxRecvBytes), nil)
		c.mu.Unlock()
		return nil
	}
	if len(s.received) < prefix+wanted {
		s.grant() // the rest of a message that may be longer than the window
	}
	if s.method.stream != nil {
		signal(s.arrived)
		c.mu.Unlock()
		return nil
	}
	return s.whole() // unlocks
}

// whole hands a unary request on once it is there. conn.mu is held, and released.
func (s *stream) whole() error {
	request, ended := s.received, s.ended
	if ended {
		s.conn.buffered -= len(request)
		s.received, s.started = nil, true
	}
	s.conn.mu.Unlock()
	if ended {
		s.onRequest(request, false)
	}
	return nil
}

// prefix is the length of what stands before a message: whether it is
// compressed, and its length in four bytes.
const prefix = 5

// wanted returns the length of the message that begins what was received, or 0
// as long as that is not known.
func (s *stream) wanted() int {
	if len(s.received) < prefix {
		return 0
	}
	return int(binary.BigEndian.Uint32(s.received[1:]))
}

func tooLarge(size, most int) error {
	return status.Errorf(codes.ResourceExhausted, "h2: received message larger than max (%d vs. %d)", size, most)
}

// take returns the first message, if it has arrived whole. conn.mu is held.
func (s *stream) take() (message []byte, compressed, ok bool) {
	n := prefix + s.wanted()
	if len(s.received) < n {
		return nil, false, false
	}
	message, compressed = s.received[prefix:n], s.received[0] != 0
	s.received = s.received[n:]
	s.conn.buffered -= n
	if s.owed >= int64(s.conn.server.options.Window)/4 {
		s.grant()
	}
	return message, compressed, true
}
