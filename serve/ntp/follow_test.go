package ntp_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/serve/ntp"
	protocol "github.com/parleysystems/parley/systems/order/physical/ntp"
)

// TestAQueryFindsHowFarAServerIsAhead, within what it says that it may be off.
func TestAQueryFindsHowFarAServerIsAhead(t *testing.T) {
	s := start(t, ntp.Options{Ahead: time.Hour, Stratum: 3, Reference: "WRNG"})
	r, err := ntp.Query(t.Context(), s.Addr().String(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Stratum != 3 || r.Reference.String() != "WRNG" || (r.Offset-time.Hour).Abs() > r.Distance+time.Millisecond {
		t.Errorf("an hour is %+v", r)
	}
}

// forged is a server that sends garbage, answers of its own making, and then, if it
// is to, the answer.
func forged(t *testing.T, honest bool) string {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing is lost with it
	go func() {
		b := make([]byte, 2048)
		n, from, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return // the test is over
		}
		q, _ := protocol.Decode(b[:n])
		a := protocol.Packet{
			Version: 4, Mode: protocol.Server, Stratum: 2, Origin: q.Transmit,
			Receive: protocol.TimestampOf(time.Now()), Transmit: protocol.TimestampOf(time.Now()),
		}
		guessed, kiss := a, a
		guessed.Origin++
		kiss.Origin, kiss.Stratum, kiss.ReferenceID = 0, 0, protocol.RefIDOf("DENY")
		all := [][]byte{{}, []byte("hello"), make([]byte, 2000), b[:n], guessed.Append(nil), kiss.Append(nil)}
		if honest {
			all = append(all, a.Append(nil))
		}
		for _, p := range all {
			_, _ = conn.WriteToUDPAddrPort(p, from) // the test says what is missing
		}
	}()
	return conn.LocalAddr().String()
}

func TestAQueryPassesOverWhatIsNoAnswer(t *testing.T) {
	if r, err := ntp.Query(t.Context(), forged(t, true), 1); err != nil || r.Stratum != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAQueryEndsInTime(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, why)
	defer cancel()
	if _, err := ntp.Query(ctx, forged(t, false), 1); !errors.Is(err, why) {
		t.Errorf("%v, want %v", err, why)
	}
}

// running runs a client until the test ends.
func running(t *testing.T, c *ntp.Client) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// eventually looks until something holds, for ten seconds at most.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	again, late := time.NewTicker(5*time.Millisecond), time.After(10*time.Second)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("%s: not within ten seconds", what)
		}
	}
}

// TestAClientHearsItsServers, and what is none does not disturb it.
func TestAClientHearsItsServers(t *testing.T) {
	s := start(t, ntp.Options{Ahead: 5 * time.Second})
	c, err := ntp.Follow(ntp.Following{Servers: []string{s.Addr().String(), forged(t, false)}, MinPoll: 1})
	if err != nil {
		t.Fatal(err)
	}
	running(t, c)
	eventually(t, "an answer", func() bool { return c.Status().Sources[0].Reach != 0 })
	if first := c.Status().Sources[0]; (first.Offset - 5*time.Second).Abs() > 500*time.Millisecond {
		t.Errorf("the server that is five seconds ahead: %+v", first)
	}
	eventually(t, "six packets that are no answers", func() bool { refused, _ := c.Refused(); return refused >= 6 })
	if s := c.Status(); s.Sources[1].Reach != 0 || s.Steps != 0 {
		t.Errorf("what is no answer was taken: %+v", s)
	}
}

// TestAServerThatFollowsNobodyYetHasNoTime: it says so rather than tell the machine's.
func TestAServerThatFollowsNobodyYetHasNoTime(t *testing.T) {
	s := start(t, ntp.Options{Follow: &ntp.Following{Servers: []string{forged(t, false)}}})
	if r, err := ntp.Query(t.Context(), s.Addr().String(), 1); !errors.Is(err, protocol.ErrKiss) || !strings.Contains(err.Error(), "INIT") {
		t.Errorf("%+v, %v", r, err)
	}
	if s.Client().Status().Leap != protocol.Unsynchronized {
		t.Error("it claims a time")
	}
}

// TestADriftFileIsReadOrRefused.
func TestADriftFileIsReadOrRefused(t *testing.T) {
	for text, want := range map[string]string{
		"-12.345\n": "", "0": "", "": "one number", "fast": "one number", "501": "one number", "NaN": "one number",
	} {
		file := filepath.Join(t.TempDir(), "drift")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := ntp.Follow(ntp.Following{Servers: []string{"127.0.0.1"}, Drift: file})
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Run(ctx); err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(file)
		if err != nil || strings.TrimRight(string(kept), "0\n.") != strings.TrimRight(text, "0\n.") {
			t.Errorf("%q was kept as %q, %v", text, kept, err)
		}
	}
}

func TestSenselessFollowingIsRefused(t *testing.T) {
	for want, f := range map[string]ntp.Following{
		"no server":           {},
		"2 s to 2^17 s":       {Servers: []string{"127.0.0.1"}, MinPoll: 18},
		"burst of 9":          {Servers: []string{"127.0.0.1"}, Burst: 9},
		"2^8 to 2^7":          {Servers: []string{"127.0.0.1"}, MinPoll: 8, MaxPoll: 7},
		"server 127.0.0.1:no": {Servers: []string{"127.0.0.1", "127.0.0.1:no"}},
	} {
		if _, err := ntp.Follow(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", f, err, want)
		}
	}
}
