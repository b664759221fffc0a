package ntp_test

import (
	"context"
	"net"
	"testing"
	"time"

	client "github.com/beevik/ntp"

	"github.com/parleysystems/parley/serve/ntp"
	protocol "github.com/parleysystems/parley/systems/order/physical/ntp"
)

// start runs a server until the test ends.
func start(t *testing.T, o ntp.Options) *ntp.Server {
	t.Helper()
	s, err := ntp.Listen("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// wire is a socket that asks by hand.
type wire struct {
	t    *testing.T
	conn net.Conn
}

func dial(t *testing.T, s *ntp.Server) wire {
	t.Helper()
	conn, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing is lost with it
	return wire{t, conn}
}

func (w wire) send(b []byte) {
	w.t.Helper()
	if _, err := w.conn.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// next returns the next packet that comes.
func (w wire) next() []byte {
	w.t.Helper()
	b := make([]byte, 2048)
	if err := w.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	n, err := w.conn.Read(b)
	if err != nil {
		w.t.Fatal(err)
	}
	return b[:n]
}

// request is a client's, which the answer names by its number.
func request(number uint64) []byte {
	p := protocol.Packet{Version: 4, Mode: protocol.Client, Transmit: protocol.Timestamp(number)}
	return p.Append(nil)
}

// TestAnIndependentClientBelievesTheAnswer: its own checks of section 9.2 pass, and
// the offset that it finds to the clock that it shares with the server is within
// what half the round trip leaves open.
func TestAnIndependentClientBelievesTheAnswer(t *testing.T) {
	s := start(t, ntp.Options{})
	r, err := client.QueryWithOptions(s.Addr().String(), client.QueryOptions{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(); err != nil {
		t.Error(err)
	}
	if r.Stratum != 10 || r.ReferenceID != uint32(protocol.RefIDOf("LOCL")) {
		t.Errorf("stratum %d, reference %x, want 10 and LOCL", r.Stratum, r.ReferenceID)
	}
	if r.ClockOffset.Abs() > r.RTT/2+time.Millisecond {
		t.Errorf("the same clock is off by %v, with a round trip of %v", r.ClockOffset, r.RTT)
	}
}

// TestAnIndependentClientUnderstandsTheKiss: the ninth request at once.
func TestAnIndependentClientUnderstandsTheKiss(t *testing.T) {
	s := start(t, ntp.Options{Interval: time.Hour})
	for i := range 9 {
		r, err := client.QueryWithOptions(s.Addr().String(), client.QueryOptions{Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if want := i == 8; r.IsKissOfDeath() != want || want && r.KissCode != "RATE" {
			t.Errorf("request %d: kiss-o'-death %v %q", i, r.IsKissOfDeath(), r.KissCode)
		}
	}
	if c := s.Counts(); c.Answered != 8 || c.Kissed != 1 {
		t.Errorf("counted %+v", c)
	}
}

// TestStrangersGetNothing (N1, N4): what is no request is not answered, and keeps
// nobody from being served. A request with what may follow the header is answered
// by the header alone.
func TestStrangersGetNothing(t *testing.T) {
	s := start(t, ntp.Options{})
	w := dial(t, s)
	control, answer := request(1), request(1)
	control[0] = control[0]&^7 | 6
	answer[0] = answer[0]&^7 | 4
	refused := [][]byte{
		{}, {0x23}, request(1)[:47], append(request(1), 0), make([]byte, 48), make([]byte, 1500), control, answer,
	}
	for _, b := range refused {
		w.send(b)
	}
	w.send(append(request(2), make([]byte, 20)...))
	b := w.next()
	p, err := protocol.Decode(b)
	if err != nil || len(b) != protocol.HeaderSize || p.Origin != 2 {
		t.Errorf("the first answer is to request %d: % x, %v", p.Origin, b, err)
	}
	if c := s.Counts(); c.Ignored != uint64(len(refused)) {
		t.Errorf("counted %+v, want %d ignored", c, len(refused))
	}
}

// TestTheLimitIsOfAnAddress (N2): another port is the same client.
func TestTheLimitIsOfAnAddress(t *testing.T) {
	s := start(t, ntp.Options{Interval: time.Hour})
	for i := range uint64(8) {
		w := dial(t, s)
		w.send(request(i + 1))
		if p, err := protocol.Decode(w.next()); err != nil || p.Stratum != 10 {
			t.Fatalf("request %d: %+v, %v", i, p, err)
		}
	}
	w := dial(t, s)
	w.send(request(9))
	if p, err := protocol.Decode(w.next()); err != nil || p.Stratum != 0 || p.ReferenceID.String() != "RATE" {
		t.Errorf("the ninth: %+v, %v", p, err)
	}
}

func TestSenselessOptionsAreRefused(t *testing.T) {
	for _, o := range []ntp.Options{{Stratum: 16}, {Reference: "LOCAL"}, {Interval: -1}} {
		if s, err := ntp.Listen("127.0.0.1:0", o); err == nil {
			_ = s.Close() // the test has failed
			t.Errorf("%+v was taken", o)
		}
	}
	if s, err := ntp.Listen("127.0.0.1:port", ntp.Options{}); err == nil {
		_ = s.Close() // the test has failed
		t.Error("a port without a number was taken")
	}
}
