package h2

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// described says who the client is.
func (c *conn) described(ctx context.Context) context.Context {
	p := &peer.Peer{Addr: c.net.RemoteAddr(), LocalAddr: c.net.LocalAddr()}
	if c.tls != nil {
		p.AuthInfo = credentials.TLSInfo{
			State: *c.tls, CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
		}
	}
	return peer.NewContext(ctx, p)
}

// handled is a call that has a goroutine: what generated code and interceptors
// see of it, as a grpc.ServerStream.
type handled struct {
	*stream
	ctx  context.Context
	stop context.CancelFunc

	mu       sync.Mutex
	header   metadata.MD // to be sent with the first message
	trailing metadata.MD
}

// begin makes the handler's context. conn.mu is held.
func (s *stream) begin() *handled {
	h := &handled{stream: s}
	ctx, cancel := context.WithCancelCause(s.conn.context())
	s.cancel = cancel
	h.stop = func() { cancel(errAnswered) }
	if s.header.timeout > 0 {
		ctx, h.stop = context.WithTimeout(ctx, s.header.timeout)
	}
	h.ctx = grpc.NewContextWithServerTransportStream(ctx, transport{h})
	return h
}

// incoming adds the request's metadata to the context.
func (h *handled) incoming() error {
	md, err := h.stream.header.metadata()
	if err == nil {
		h.ctx = metadata.NewIncomingContext(h.ctx, md)
	}
	return err
}

func (s *stream) startUnary(message []byte) {
	c := s.conn
	c.mu.Lock()
	h := s.begin()
	c.server.running.Add(1)
	c.mu.Unlock()
	go func() {
		defer c.server.running.Done()
		defer h.stop()
		h.serveUnary(message)
	}()
}

func (h *handled) serveUnary(message []byte) {
	if err := h.incoming(); err != nil {
		h.finish(err, nil)
		return
	}
	m := h.method
	reply, err := m.unary.Handler(m.impl, h.ctx, func(into any) error { return decode(message, into) }, h.conn.server.options.Unary)
	var out []byte
	if err == nil {
		out, err = encode(nil, reply)
	}
	header, trailing := h.said()
	if err != nil {
		h.finish(asStatus(err), trailing)
		return
	}
	h.reply(out, header, trailing)
}

// startStream is called with conn.mu held.
func (s *stream) startStream() {
	s.started = true
	s.arrived, s.room = make(chan struct{}, 1), make(chan struct{}, 1)
	h := s.begin()
	s.conn.server.running.Add(1)
	go func() {
		defer s.conn.server.running.Done()
		defer h.stop()
		err := h.incoming()
		if err == nil {
			err = h.serveStream()
		}
		_, trailing := h.said()
		h.finish(asStatus(err), trailing)
	}()
}

func (h *handled) serveStream() error {
	m, with := h.method, h.conn.server.options.Stream
	if with == nil {
		return m.stream.Handler(m.impl, h)
	}
	info := &grpc.StreamServerInfo{FullMethod: h.stream.header.path, IsClientStream: m.stream.ClientStreams, IsServerStream: m.stream.ServerStreams}
	return with(m.impl, h, info, m.stream.Handler)
}

// asStatus makes what a handler returned fit for the client.
func asStatus(err error) error {
	if err == nil {
		return nil
	}
	if s, is := status.FromError(err); is {
		if s.Code() == codes.OK { // an error that wraps a success
			return status.Error(codes.Unknown, err.Error())
		}
		return s.Err()
	}
	return status.FromContextError(err).Err()
}

// Context implements grpc.ServerStream.
func (h *handled) Context() context.Context { return h.ctx }

// SetHeader implements grpc.ServerStream.
func (h *handled) SetHeader(md metadata.MD) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.header = metadata.Join(h.header, md)
	return nil
}

// SendHeader implements grpc.ServerStream.
func (h *handled) SendHeader(md metadata.MD) error {
	_ = h.SetHeader(md) // never fails
	header, _ := h.said()
	h.conn.mu.Lock()
	defer h.conn.mu.Unlock()
	if err := h.over(); err != nil {
		return err
	}
	if h.opened {
		return status.Error(codes.Internal, "h2: the header has been sent already")
	}
	h.open(header)
	return nil
}

// SetTrailer implements grpc.ServerStream.
func (h *handled) SetTrailer(md metadata.MD) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trailing = metadata.Join(h.trailing, md)
}

// transport is the same as a grpc.ServerTransportStream, for grpc.SetHeader and
// the like.
type transport struct{ *handled }

// Method implements grpc.ServerTransportStream.
func (t transport) Method() string { return t.stream.header.path }

// SetTrailer implements grpc.ServerTransportStream.
func (t transport) SetTrailer(md metadata.MD) error {
	t.handled.SetTrailer(md)
	return nil
}

// said returns what the handler wants to say in header and trailer.
func (h *handled) said() (header, trailing metadata.MD) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.header, h.trailing
}

// over tells why nothing can be sent any more. conn.mu is held.
func (h *handled) over() error {
	if h.dropped != nil {
		return asStatus(h.dropped)
	}
	return nil
}

// SendMsg implements grpc.ServerStream. It returns when the message stands in the
// outbox, so that a client that does not read holds its handler.
func (h *handled) SendMsg(m any) error {
	out, err := encode(nil, m)
	if err != nil {
		return err
	}
	header, _ := h.said()
	h.conn.mu.Lock()
	defer h.conn.mu.Unlock()
	if err := h.over(); err != nil {
		return err
	}
	h.open(header)
	h.pending = out
	h.send()
	for len(h.pending) > 0 {
		if err := h.wait(h.room); err != nil {
			return err
		}
	}
	return h.over()
}

// RecvMsg implements grpc.ServerStream.
func (h *handled) RecvMsg(m any) error {
	h.conn.mu.Lock()
	message, compressed, err := h.next()
	h.conn.mu.Unlock()
	if err != nil {
		return err
	}
	if message, err = h.plain(message, compressed); err != nil {
		return err
	}
	return decode(message, m)
}

// next waits for a message. conn.mu is held.
func (h *handled) next() (message []byte, compressed bool, err error) {
	for {
		if message, compressed, ok := h.take(); ok {
			return message, compressed, nil
		}
		if err := h.over(); err != nil {
			return nil, false, err
		}
		if h.ended {
			if len(h.received) > 0 {
				return nil, false, status.Error(codes.Internal, "h2: the client's side ended within a message")
			}
			return nil, false, io.EOF
		}
		if err := h.wait(h.arrived); err != nil {
			return nil, false, err
		}
	}
}

// wait gives conn.mu up until something has changed, or the call's time is up.
func (h *handled) wait(change <-chan struct{}) error {
	h.conn.mu.Unlock()
	defer h.conn.mu.Lock()
	select {
	case <-change:
		return nil
	case <-h.ctx.Done():
		if err := context.Cause(h.ctx); !errors.Is(err, errAnswered) {
			return asStatus(err)
		}
		return status.FromContextError(context.Canceled).Err()
	}
}
