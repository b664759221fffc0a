//go:build interop

package ntp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/hosts"
)

// chronyd runs one as a server, at an address of its own, until the test ends, and
// returns where. It does not touch the machine's clock (-x).
func chronyd(t *testing.T, ip string, config ...string) string {
	t.Helper()
	installed(t, "chronyd")
	if os.Getuid() != 0 {
		t.Skip("chronyd runs as a server as root, only")
	}
	free, err := net.ListenPacket("udp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	_ = free.Close() // nothing was sent
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/run", "ntp") // chronyd wants short and private
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var text bytes.Buffer
	for _, line := range append(config,
		"port "+port, "bindaddress "+ip, "allow 127.0.0.0/8", "cmdport 0",
		"bindcmdaddress "+filepath.Join(dir, "socket"), "pidfile "+filepath.Join(dir, "pid")) {
		fmt.Fprintln(&text, line)
	}
	file := filepath.Join(dir, "chrony.conf")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	command := exec.Command("chronyd", "-d", "-x", "-u", "root", "-f", file)
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		if t.Failed() {
			t.Logf("chronyd at %s:\n%s", address, &said)
		}
	})
	return address
}

// honest runs a chronyd that serves the machine's clock at stratum 3.
func honest(t *testing.T, ip string) string {
	t.Helper()
	a := chronyd(t, ip, "local stratum 3")
	until(t, a, func(r reading) bool { return r.Stratum == 3 })
	return a
}

// lie is how far the clock of a liar is ahead.
const lie = 5 * time.Second

// liar runs a chronyd that follows an honest one, and has been told that this is slow.
func liar(t *testing.T, ip, honest string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(honest)
	if err != nil {
		t.Fatal(err)
	}
	follows := fmt.Sprintf("server %s port %s iburst minpoll -4 maxpoll 0 offset %g", host, port, lie.Seconds())
	a := chronyd(t, ip, follows, "makestep 0.1 3")
	until(t, a, func(r reading) bool { return (seconds(r.Offset) - lie).Abs() < 100*time.Millisecond })
	return a
}

// reading is what parley ntp query prints of a server.
type reading struct {
	Server, Reference       string
	Stratum                 uint8
	Offset, Delay, Distance float64
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// ask runs parley ntp query.
func ask(t *testing.T, server string) (reading, error) {
	t.Helper()
	binary, err := hosts.Parley()
	if err != nil {
		t.Fatal(err)
	}
	var r reading
	out, err := exec.CommandContext(t.Context(), binary, "ntp", "query", "--timeout", "1s", "--json", server).Output()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return r, fmt.Errorf("%w: %s", err, ended.Stderr)
	case err != nil:
		return r, err
	}
	return r, json.Unmarshal(out, &r)
}

// until asks a server until it says what is wanted.
func until(t *testing.T, server string, wanted func(reading) bool) {
	t.Helper()
	again, late := time.NewTicker(200*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for {
		r, err := ask(t, server)
		if err == nil && wanted(r) {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("%s says %+v, %v", server, r, err)
		}
	}
}

// line is what parley ntp follow prints of its clock.
type line struct {
	Clock          time.Time
	Synchronized   bool
	MachineAhead   float64 `json:"machine_ahead"`
	Distance       float64
	Stratum, Steps int
	Follows        string
	Servers        []struct{ Server, Verdict string }
}

// follow runs parley ntp follow until so many of its lines are of a clock that follows
// somebody, and returns what it said, a line a second.
func follow(t *testing.T, synchronized int, args ...string) (lines []line) {
	t.Helper()
	binary, err := hosts.Parley()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, append([]string{"ntp", "follow", "--json", "--every", "1s"}, args...)...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	command.Stderr = &complaints
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(out); synchronized > 0 && s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Errorf("%q: %v", s.Text(), err)
		}
		if lines = append(lines, l); l.Synchronized {
			synchronized--
		}
	}
	cancel()
	_ = command.Wait() // it was interrupted, or complains
	if complaints.Len() > 0 {
		t.Errorf("parley ntp follow complained: %s", &complaints)
	}
	if synchronized > 0 {
		t.Fatalf("in %d lines it follows nobody for long enough", len(lines))
	}
	t.Logf("the last of %d lines: %+v", len(lines), lines[len(lines)-1])
	return lines
}
