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

// Server answers requests on a socket.
type Server struct {
	conn   *net.UDPConn
	keeper *keeper
	ahead  time.Duration
	client *Client // or nil: the machine's clock is taken to be right

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
	s := &Server{conn: conn, ahead: o.Ahead}
	if o.Follow == nil {
		s.keeper = newKeeper(ntp.Config{Reference: o.Reference, Stratum: o.Stratum, Interval: o.Interval}, o.Ahead)
		return s, nil
	}
	if s.client, err = follow(*o.Follow, o.Interval, s.Addr().Addr()); err != nil {
		return nil, fmt.Errorf("serve ntp: follow: %w", errors.Join(err, conn.Close()))
	}
	s.keeper = s.client.keeper
	return s, nil
}

// Addr returns where the server listens.
func (s *Server) Addr() netip.AddrPort {
	return s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Counts returns what became of packets so far.
func (s *Server) Counts() Counts {
	return Counts{s.answered.Load(), s.kissed.Load(), s.ignored.Load(), s.unsent.Load()}
}

// Client returns the client that keeps the clock, or nil.
func (s *Server) Client() *Client { return s.client }

// Close ends Serve, and frees the addresses.
func (s *Server) Close() error {
	err := s.conn.Close()
	if s.client != nil {
		err = errors.Join(err, s.client.Close())
	}
	return err
}

// Serve answers until the server is closed or ctx is done, which closes it. The
// error is the socket's, or that of the client that keeps the clock.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kept := make(chan error, 1)
	go func() { kept <- s.keep(ctx, cancel) }()
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() }) // nothing is lost with it
	defer stop()
	err := s.serve()
	cancel()
	return errors.Join(err, <-kept)
}

// keep runs the client, if there is one, and ends the server with it.
func (s *Server) keep(ctx context.Context, end func()) error {
	if s.client == nil {
		return nil
	}
	defer end()
	return s.client.Run(ctx)
}

func (s *Server) serve() error {
	b := make([]byte, ntp.MaxSize+1) // so that what is too long is seen to be
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("serve ntp: receive on %v: %w", s.Addr(), err)
		}
		s.respond(time.Now(), b[:n], from)
	}
}

// respond answers one packet, or counts why not.
func (s *Server) respond(now time.Time, request []byte, from netip.AddrPort) {
	var answer []byte
	var err error
	arrived := s.keeper.elapsed(now)
	s.keeper.do(func(d *ntp.Daemon, elapsed time.Duration) {
		if s.client == nil {
			d.Refer(arrived, wall(now).Add(s.ahead))
		}
		answer, err = d.Respond(arrived, elapsed, clientOf(from.Addr()), request)
	})
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
