package h2

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// Options bound what clients may do. Zero values stand for the defaults.
type Options struct {
	// MaxRecvBytes bounds a message that a client sends; default 4 MiB.
	MaxRecvBytes int
	// MaxStreams bounds the calls of one connection that run or wait; default 100.
	MaxStreams uint32
	// Window is how many bytes a client may send ahead on one stream, and a
	// quarter of what it may on all; default and least 64 KiB.
	Window uint32
	// Greeting is how long a client that has connected may take for the
	// handshakes of TLS and of HTTP/2; default 10 s.
	Greeting time.Duration
	// PingInterval is the least time between two pings of a client, who is cut
	// off at the third that comes too early. Without an open call it is
	// IdlePingInterval. Defaults 5 s and 2 h.
	PingInterval, IdlePingInterval time.Duration
	// KeepAlive is after how long a silent client is pinged, and KeepAliveTimeout how
	// long it has to say something then. Defaults 2 h and 20 s.
	KeepAlive, KeepAliveTimeout time.Duration

	// TLS is nil for connections in the clear.
	TLS *tls.Config

	// Unary and Stream stand before every handler but those of direct methods.
	Unary  grpc.UnaryServerInterceptor
	Stream grpc.StreamServerInterceptor
}

func (o Options) withDefaults() Options {
	set(&o.MaxRecvBytes, 4<<20)
	set(&o.MaxStreams, 100)
	o.Window = min(max(o.Window, initialWindow+1), 1<<28)
	set(&o.Greeting, 10*time.Second)
	set(&o.PingInterval, 5*time.Second)
	set(&o.IdlePingInterval, 2*time.Hour)
	set(&o.KeepAlive, 2*time.Hour)
	set(&o.KeepAliveTimeout, 20*time.Second)
	if o.TLS != nil {
		o.TLS = o.TLS.Clone()
		o.TLS.NextProtos = []string{"h2"}
	}
	return o
}

func set[T comparable](option *T, standard T) {
	var zero T
	if *option == zero {
		*option = standard
	}
}

// Server serves the services that were registered with it. Methods are
// registered before Serve; all else may be called from any goroutine.
type Server struct {
	options Options
	methods map[string]*method // by "/service/method"

	mu        sync.Mutex
	stopped   bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	running   sync.WaitGroup // connections and handlers
}

// method is one of unary, stream and direct.
type method struct {
	impl   any
	unary  *grpc.MethodDesc
	stream *grpc.StreamDesc
	direct func(Call)
}

// New returns a server without services.
func New(o Options) *Server {
	return &Server{
		options: o.withDefaults(), methods: map[string]*method{},
		listeners: map[net.Listener]struct{}{}, conns: map[*conn]struct{}{},
	}
}

// RegisterService implements grpc.ServiceRegistrar. A method that was made
// direct before stays so.
func (s *Server) RegisterService(d *grpc.ServiceDesc, impl any) {
	add := func(name string, m *method) {
		path := "/" + d.ServiceName + "/" + name
		if _, is := s.methods[path]; !is {
			s.methods[path] = m
		}
	}
	for i := range d.Methods {
		add(d.Methods[i].MethodName, &method{impl: impl, unary: &d.Methods[i]})
	}
	for i := range d.Streams {
		add(d.Streams[i].StreamName, &method{impl: impl, stream: &d.Streams[i]})
	}
}

// Direct has the calls of a unary method, path being "/service/method", handed to serve, on
// the goroutine that reads from that client: serve does not wait. Interceptors
// do not see these calls.
func (s *Server) Direct(path string, serve func(Call)) { s.methods[path] = &method{direct: serve} }

// Serve accepts clients from l until Stop, and then returns nil.
func (s *Server) Serve(l net.Listener) error {
	if !s.listen(l) {
		_ = l.Close() // the server is going: nobody will be accepted
		return nil
	}
	for {
		accepted, err := l.Accept()
		if err != nil {
			if s.over() {
				return nil
			}
			var passing interface{ Temporary() bool } // such as: no more files may be open
			if errors.As(err, &passing) && passing.Temporary() {
				<-time.After(5 * time.Millisecond)
				continue
			}
			return fmt.Errorf("h2: accept at %v: %w", l.Addr(), err)
		}
		s.accept(accepted)
	}
}

func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.listeners[l] = struct{}{}
	}
	return !s.stopped
}

func (s *Server) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

func (s *Server) accept(accepted net.Conn) {
	c := newConn(s, accepted)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		_ = accepted.Close() // nobody is told: the server is going
		return
	}
	s.conns[c] = struct{}{}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		c.serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c)
	}()
}

// Stop cuts all clients off and returns when no handler runs any more. Their
// contexts end.
func (s *Server) Stop() {
	s.mu.Lock()
	s.stopped = true
	for l := range s.listeners {
		_ = l.Close() // it may be closed already
	}
	for c := range s.conns {
		c.cut()
	}
	s.mu.Unlock()
	s.running.Wait()
}
