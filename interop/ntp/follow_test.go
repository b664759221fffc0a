//go:build interop

package ntp_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// readingError is what may go wrong when two clocks are read at one moment on a busy
// machine. What happens to packets is part of what is stated.
const readingError = time.Millisecond

// TestAQueryAgreesWithChronydWithinItsBound: chronyd serves the clock that the query
// is measured against.
func TestAQueryAgreesWithChronydWithinItsBound(t *testing.T) {
	t.Parallel()
	server := honest(t, "127.0.0.2")
	r, err := ask(t, server)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	if r.Stratum != 3 || r.Reference != "127.127.1.1" {
		t.Errorf("stratum %d, reference %s, want 3 and 127.127.1.1", r.Stratum, r.Reference)
	}
	if r.Delay <= 0 || r.Distance < r.Delay/2 || seconds(r.Distance) > time.Second {
		t.Errorf("round trip %v, distance %v", r.Delay, r.Distance)
	}
	if off := seconds(r.Offset); off.Abs() > seconds(r.Distance)+readingError {
		t.Errorf("the same clock is off by %v, within %v", off, seconds(r.Distance))
	}
	farOff, err := ask(t, liar(t, "127.0.0.3", server))
	if err != nil {
		t.Fatal(err)
	}
	if off := seconds(farOff.Offset) - lie; off.Abs() > seconds(farOff.Distance)+readingError {
		t.Errorf("a clock that is %v ahead is found %v ahead, within %v", lie, seconds(farOff.Offset), seconds(farOff.Distance))
	}
}

// keepsItsWord demands that a clock is as close to the machine's, which honest servers
// serve, as it says.
func keepsItsWord(t *testing.T, lines []line) {
	t.Helper()
	for _, l := range lines {
		if off := seconds(l.MachineAhead); l.Synchronized && off.Abs() > seconds(l.Distance)+readingError {
			t.Errorf("the clock is off by %v, and says that it is within %v", off, seconds(l.Distance))
		}
	}
}

// known is a file that says that the machine's oscillator needs no correction, or none
// that shows in half a minute.
func known(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "drift")
	if err := os.WriteFile(file, []byte("0.000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestASmallErrorIsSlewed: by a change of rate, half a millisecond a second at most.
func TestASmallErrorIsSlewed(t *testing.T) {
	t.Parallel()
	server := honest(t, "127.0.0.2")
	const ahead = 20 * time.Millisecond
	lines := follow(t, 14, "--ahead", ahead.String(), "--min-poll", "1", "--max-poll", "1", "--burst", "4", "--drift", known(t), server)
	keepsItsWord(t, lines)
	for i := 1; i < len(lines); i++ {
		changed := seconds(lines[i].MachineAhead - lines[i-1].MachineAhead)
		if gone := lines[i].Clock.Sub(lines[i-1].Clock); changed.Abs() > gone/2000+readingError {
			t.Errorf("in %v the clock changed by %v against the machine's", gone, changed)
		}
	}
	last := lines[len(lines)-1]
	if left := seconds(last.MachineAhead); last.Steps != 0 || left < -ahead*7/8 || left > ahead/8 {
		t.Errorf("%d steps; of %v, %v are left", last.Steps, ahead, -left)
	}
}

// TestALargeErrorIsStepped: at once.
func TestALargeErrorIsStepped(t *testing.T) {
	t.Parallel()
	server := honest(t, "127.0.0.2")
	lines := follow(t, 4, "--ahead", "3s", "--min-poll", "1", "--burst", "4", "--drift", known(t), server)
	keepsItsWord(t, lines)
	first, last := lines[0], lines[len(lines)-1]
	if (seconds(first.MachineAhead) + 3*time.Second).Abs() > 100*time.Millisecond {
		t.Errorf("in the beginning the machine's clock is %v ahead, want -3s", seconds(first.MachineAhead))
	}
	if last.Steps != 1 || seconds(last.MachineAhead).Abs() > 50*time.Millisecond {
		t.Errorf("%d steps, and the machine's clock is %v ahead", last.Steps, seconds(last.MachineAhead))
	}
}

// TestALiarIsFound: two servers serve the machine's clock, one is five seconds ahead.
func TestALiarIsFound(t *testing.T) {
	t.Parallel()
	one, other := honest(t, "127.0.0.2"), honest(t, "127.0.0.3")
	wrong := liar(t, "127.0.0.4", one)
	lines := follow(t, 4, "--min-poll", "1", wrong, one, other)
	keepsItsWord(t, lines)
	last := lines[len(lines)-1]
	for _, s := range last.Servers {
		if falseticker := s.Verdict == "falseticker"; falseticker != (s.Server == wrong) {
			t.Errorf("%s is called %s; the liar is %s", s.Server, s.Verdict, wrong)
		}
	}
	if last.Follows != one && last.Follows != other {
		t.Errorf("the client follows %q", last.Follows)
	}
}

// TestChronydFollowsWhoFollowsChronyd: a chain of real servers and ours, a stratum each.
func TestChronydFollowsWhoFollowsChronyd(t *testing.T) {
	t.Parallel()
	above := honest(t, "127.0.0.2")
	ours := serve(t, "127.0.0.5:0", "could not send 0", "--follow", above, "--min-poll", "1", "--burst", "4", "--interval", "1ms")
	until(t, ours, func(r reading) bool { return r.Stratum == 4 && r.Reference == "127.0.0.2" })
	_, port, err := net.SplitHostPort(ours)
	if err != nil {
		t.Fatal(err)
	}
	below := chronyd(t, "127.0.0.6", "server 127.0.0.5 port "+port+" iburst minpoll -4 maxpoll 0")
	until(t, below, func(r reading) bool { return r.Stratum == 5 && r.Reference == "127.0.0.5" && r.Distance < 0.2 })
	r, err := ask(t, below)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	if off := seconds(r.Offset); off.Abs() > seconds(r.Distance)+readingError {
		t.Errorf("at the end of the chain the clock is off by %v, and says that it is within %v", off, seconds(r.Distance))
	}
}

// TestNobodyIsThere: a query says so.
func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	if _, err := ask(t, "127.0.0.99:9"); err == nil || !strings.Contains(err.Error(), "parley: ntp query 127.0.0.99:9: ") {
		t.Errorf("nobody answers at port 9: %v", err)
	}
}
