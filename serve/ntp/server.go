package ntp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// Options says what a server claims and allows. Zero values stand for the defaults
// that the comments name.
type Options struct {
	// Reference is the code, of up to four characters, of what the host's clock is
	// set by; LOCL: nothing that is known.
	Reference string
	// Stratum is from 1, the host has a reference clock, to 15; 10.
	Stratum uint8
	// Interval is how often a client may ask, on average; two seconds.
	Interval time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.Reference == "" {
		o.Reference = "LOCL"
	}
	if o.Stratum == 0 {
		o.Stratum = 10
	}
	if o.Interval == 0 {
		o.Interval = 2 * time.Second
	}
	switch {
	case len(o.Reference) > 4:
		return o, fmt.Errorf("reference %q has more than four characters", o.Reference)
	case o.Stratum >= ntp.MaxStratum:
		return o, fmt.Errorf("stratum %d is not from 1 to %d", o.Stratum, ntp.MaxStratum-1)
	case o.Interval < 0:
		return o, fmt.Errorf("interval %v is negative", o.Interval)
	}
	return o, nil
}

// Server answers requests on a socket.
type Server struct {
	conn    *net.UDPConn
	daemon  *ntp.Daemon // Serve's alone
	started time.Time

	answered, kissed, ignored, unsent atomic.Uint64
}

// Counts is what became of the packets that came.
type Counts struct {
	Answered uint64 // with the time
	Kissed   uint64 // told to ask less often
	Ignored  uint64 // not requests, or too many of them
	Unsent   uint64 // answers that the system did not take
}

// Listen opens a UDP socket at addr, as in 127.0.0.1:1123. On a host with several
// addresses name one: behind a wildcard, answers leave by the address that the
// system picks, and clients drop those that come from another one than they asked.
func Listen(addr string, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("serve ntp: %w", err)
	}
	at, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve ntp: listen on %s: %w", addr, err)
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, fmt.Errorf("serve ntp: %w", err)
	}
	now := time.Now()
	return &Server{
		conn: conn, started: now,
		daemon: ntp.NewDaemon(ntp.Config{Reference: o.Reference, Stratum: o.Stratum, Interval: o.Interval}, 0, wall(now)),
	}, nil
}

// Addr returns where the server listens.
func (s *Server) Addr() netip.AddrPort {
	return s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Counts returns what became of packets so far.
func (s *Server) Counts() Counts {
	return Counts{s.answered.Load(), s.kissed.Load(), s.ignored.Load(), s.unsent.Load()}
}

// Close ends Serve, and frees the address.
func (s *Server) Close() error { return s.conn.Close() }

// Serve answers until the server is closed or ctx is done, which closes it. The
// error is the socket's.
func (s *Server) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // nothing is lost with it
	defer stop()
	b := make([]byte, ntp.MaxSize+1) // so that what is too long is seen to be
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("serve ntp: receive on %v: %w", s.Addr(), err)
		}
		s.respond(b[:n], from)
	}
}

// respond answers one packet, or counts why not.
func (s *Server) respond(request []byte, from netip.AddrPort) {
	now := time.Now()
	arrived := now.Sub(s.started)
	s.daemon.Refer(arrived, wall(now))
	answer, err := s.daemon.Respond(arrived, time.Since(s.started), clientOf(from.Addr()), request)
	if err != nil {
		s.ignored.Add(1)
		return
	}
	if len(answer) > len(request) {
		panic(fmt.Sprintf("serve ntp: an answer of %d bytes to a request of %d (N1)", len(answer), len(request)))
	}
	if _, err := s.conn.WriteToUDPAddrPort(answer, from); err != nil {
		s.unsent.Add(1) // to the client it is a lost packet
		return
	}
	if kiss := answer[1] == 0; kiss {
		s.kissed.Add(1)
		return
	}
	s.answered.Add(1)
}

// clientOf returns what the limit is counted for (N2).
func clientOf(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}

// wall returns what the host's clock shows, without the monotonic reading that
// differences would go by.
func wall(t time.Time) time.Time { return t.Round(0) }
