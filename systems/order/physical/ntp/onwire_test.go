package ntp_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

var birth = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// asking returns a client that has just sent a request, and the request.
func asking(t testing.TB) (*ntp.Daemon, ntp.Packet) {
	t.Helper()
	d := ntp.NewDaemon(ntp.Config{
		Sources: []ntp.Source{{Name: "server", ID: 7}}, Random: rand.New(rand.NewPCG(1, 2)),
	}, 0, birth)
	due := d.Tick(0)
	if len(due) != 1 {
		t.Fatalf("%d requests at once, want 1", len(due))
	}
	p, err := ntp.Decode(due[0].Packet)
	if err != nil || p.Mode != ntp.Client || p.Transmit == 0 {
		t.Fatalf("the request is %+v, %v", p, err)
	}
	return d, p
}

// answerTo returns what a good server says.
func answerTo(request ntp.Packet) ntp.Packet {
	at := ntp.TimestampOf(birth.Add(time.Millisecond))
	return ntp.Packet{
		Version: 4, Mode: ntp.Server, Stratum: 1, Precision: -20, ReferenceID: ntp.RefIDOf("GPS"),
		Reference: at, Origin: request.Transmit, Receive: at, Transmit: at,
	}
}

// TestPacketsThatAreNotUsed: section 9.2. What is refused leaves the request open,
// so that garbage does not keep the answer out.
func TestPacketsThatAreNotUsed(t *testing.T) {
	const later = 2 * time.Millisecond
	for name, test := range map[string]struct {
		spoil func(*ntp.Packet)
		want  error
	}{
		"a request":             {func(p *ntp.Packet) { p.Mode = ntp.Client }, ntp.ErrMode},
		"a guessed origin":      {func(p *ntp.Packet) { p.Origin++ }, ntp.ErrBogus},
		"no origin":             {func(p *ntp.Packet) { p.Origin = 0 }, ntp.ErrBogus},
		"no transmit timestamp": {func(p *ntp.Packet) { p.Transmit = 0 }, ntp.ErrInvalid},
		"no receive timestamp":  {func(p *ntp.Packet) { p.Receive = 0 }, ntp.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			d, request := asking(t)
			bad := answerTo(request)
			test.spoil(&bad)
			if err := d.Receive(later, 0, bad.Append(nil)); !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			good := answerTo(request)
			if err := d.Receive(later, 0, good.Append(nil)); err != nil {
				t.Errorf("then the answer: %v", err)
			}
		})
	}
}

// TestAnAnswerCountsOnce: a replay is a duplicate.
func TestAnAnswerCountsOnce(t *testing.T) {
	d, request := asking(t)
	answer := answerTo(request)
	if err := d.Receive(2*time.Millisecond, 0, answer.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if err := d.Receive(3*time.Millisecond, 0, answer.Append(nil)); !errors.Is(err, ntp.ErrDuplicate) {
		t.Errorf("the second time: %v, want %v", err, ntp.ErrDuplicate)
	}
}

// TestAServerThatDeniesIsLeftAlone: section 7.4.
func TestAServerThatDeniesIsLeftAlone(t *testing.T) {
	d, request := asking(t)
	kiss := answerTo(request)
	kiss.Leap, kiss.Stratum, kiss.ReferenceID = ntp.Unsynchronized, 0, ntp.RefIDOf("DENY")
	if err := d.Receive(2*time.Millisecond, 0, kiss.Append(nil)); !errors.Is(err, ntp.ErrKiss) {
		t.Fatalf("%v, want %v", err, ntp.ErrKiss)
	}
	for at := time.Second; at < time.Hour; at += time.Second {
		if len(d.Tick(at)) != 0 {
			t.Fatalf("asked again after %v", at)
		}
	}
}

// FuzzReceive: whatever comes in place of an answer, only the open request's
// answer is used, and what is refused does not move the clock.
func FuzzReceive(f *testing.F) {
	_, request := asking(f)
	good := answerTo(request)
	f.Add(good.Append(nil))
	f.Add(good.Append(nil)[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		d, request := asking(t)
		err := d.Receive(2*time.Millisecond, 0, b)
		if p, bad := ntp.Decode(b); err == nil && (bad != nil || p.Origin != request.Transmit || p.Mode != ntp.Server) {
			t.Errorf("used % x", b)
		}
		if err != nil && !d.Now(time.Second).Equal(birth.Add(time.Second)) {
			t.Errorf("what was refused moved the clock to %v: % x", d.Now(time.Second), b)
		}
		d.Tick(time.Second)
	})
}
