//go:build interop

package ntp_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// farthest is what a busy machine may make of a round trip on loopback.
const farthest = 250 * time.Millisecond

// client runs one that is installed, for half a minute at most.
func client(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	t.Logf("%s", out)
	return string(out)
}

func installed(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("PARLEY_NTP_CLIENTS") == "required" {
		t.Fatalf("%s is not here", name)
	}
	t.Skipf("%s is not here", name)
}

// closeTo demands that a client that shares the server's clock finds no offset.
func closeTo(t *testing.T, seconds string) {
	t.Helper()
	offset, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Duration(offset * float64(time.Second)); d.Abs() > farthest {
		t.Errorf("the client finds the clock that it shares off by %v", d)
	}
}

var chronyOffset = regexp.MustCompile(`System clock wrong by (-?[0-9.]+) seconds \(ignored\)`)

// TestChronydFindsTheTime: its burst is within the limit, and it selects the server,
// whose distance, stratum and timestamps pass all its tests.
func TestChronydFindsTheTime(t *testing.T) {
	t.Parallel()
	installed(t, "chronyd")
	_, port, err := net.SplitHostPort(serve(t, "127.0.0.1:0", "told to slow down 0, ignored 0, could not send 0"))
	if err != nil {
		t.Fatal(err)
	}
	out := client(t, "chronyd", "-Q", "-t", "20", "server 127.0.0.1 port "+port+" iburst")
	found := chronyOffset.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("chronyd found no time:\n%s", out)
	}
	closeTo(t, found[1])
}

// atPort123 serves an address of its own to a client that cannot be told a port.
func atPort123(t *testing.T, ip string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", ip+":123")
	if err != nil {
		t.Skipf("port 123 is not to be had: %v", err)
	}
	_ = conn.Close() // nothing was sent
	serve(t, ip+":123", "ignored 0, could not send 0", "--stratum", "3", "--reference", "TEST")
}

func TestNtpdigFindsTheTime(t *testing.T) {
	t.Parallel()
	installed(t, "ntpdig")
	const server = "127.0.0.123"
	atPort123(t, server)
	var found struct {
		Offset  json.Number `json:"offset"`
		Stratum int         `json:"stratum"`
	}
	out := client(t, "ntpdig", "-j", "-t", "10", server)
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatalf("ntpdig said %q: %v", out, err)
	}
	if found.Stratum != 3 {
		t.Errorf("stratum %d, want 3", found.Stratum)
	}
	closeTo(t, found.Offset.String())
}

var ntpdateOffset = regexp.MustCompile(`([+-][0-9.]+) \+/- [0-9.]+ 127\.0\.0\.124`)

func TestNtpdateFindsTheTime(t *testing.T) {
	t.Parallel()
	installed(t, "ntpdate")
	const server = "127.0.0.124"
	atPort123(t, server)
	out := client(t, "ntpdate", "-q", server)
	found := ntpdateOffset.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("ntpdate found no time:\n%s", out)
	}
	closeTo(t, found[1])
}
