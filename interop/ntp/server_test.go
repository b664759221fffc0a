//go:build interop

package ntp_test

import (
	"bufio"
	"flag"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// The tests spend nearly all of their time waiting for bursts, and for clocks to be slewed.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err) // every test binary has it
	}
	hosts.Main(m)
}

// serve runs parley serve ntp until the test ends, and returns its address. What
// it says when it stops has to contain last.
func serve(t *testing.T, listen, last string, flags ...string) string {
	t.Helper()
	binary, err := hosts.Parley()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, append([]string{"serve", "ntp", "--listen", listen}, flags...)...)
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may have ended: Wait says how
		said := ""
		for lines.Scan() {
			said += lines.Text() + "\n"
		}
		if err := command.Wait(); err != nil {
			t.Errorf("parley serve ntp: %v\n%s", err, complaints.String())
		}
		if !strings.Contains(said, last) {
			t.Errorf("parley serve ntp ended with %q, want %q", said, last)
		}
	})
	if !lines.Scan() {
		t.Fatalf("parley serve ntp said nothing\n%s", complaints.String())
	}
	address, ok := strings.CutPrefix(lines.Text(), "ntp ")
	if !ok {
		t.Fatalf("parley serve ntp said %q", lines.Text())
	}
	return address
}
