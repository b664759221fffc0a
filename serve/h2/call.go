package h2

import (
	"sync"

	"google.golang.org/protobuf/proto"
)

// Call is a call of a direct method. It is answered once, by Reply or Fail, from
// any goroutine, at any time; the answer to a client that is gone is dropped.
type Call struct {
	stream  *stream
	message []byte
}

// Request reads the request. Only the method's function may call it, before it
// returns: afterwards the connection reads on into the same bytes.
func (c Call) Request(into proto.Message) error { return decode(c.message, into) }

// Header returns the first value that the client gave a header, or "".
func (c Call) Header(name string) string { return c.stream.header.get(name) }

// Reply answers the call with a message.
func (c Call) Reply(m proto.Message) {
	buffer := buffers.Get().(*[]byte)
	out, err := encode((*buffer)[:0], m)
	if err != nil {
		c.Fail(err)
	} else {
		c.stream.reply(out, nil, nil)
	}
	if cap(out) <= maxFrame {
		*buffer = out[:0]
		buffers.Put(buffer)
	}
}

// Fail answers the call with an error, whose status is that of google.golang.org/grpc/status.
func (c Call) Fail(err error) { c.stream.finish(err, nil) }

// buffers are for messages on their way into an outbox.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// onRequest hands a request on that has arrived whole; borrowed if its bytes are the
// framer's.
func (s *stream) onRequest(request []byte, borrowed bool) {
	message, err := s.single(request)
	if err != nil {
		s.finish(err, nil)
		return
	}
	if s.method.direct != nil {
		s.method.direct(Call{s, message})
		return
	}
	if borrowed {
		message = append([]byte(nil), message...)
	}
	s.startUnary(message)
}
