package hosts

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

// errNoShift is why a clock cannot be wrong for one process on this machine.
var errNoShift = errors.New("a wrong clock needs Linux on amd64, and the right to trace a process")

// start starts a process, with a wall clock of its own if the host's is wrong. The
// test is left out where nobody can do that.
func (h *Host) start(command *exec.Cmd) error {
	if h.Ahead == 0 {
		return command.Start()
	}
	err := startAhead(command, h.Ahead.Truncate(time.Second))
	if errors.Is(err, errNoShift) {
		leaveOut(h.cluster.t, err)
	}
	return err
}

// leaveOut ends a test that this machine cannot make. CI's has to be able to: there,
// tests that are left out would be missed by nobody.
func leaveOut(t testing.TB, why error) {
	t.Helper()
	if ci := os.Getenv("CI"); ci != "" && ci != "false" {
		t.Fatalf("CI has to make this test: %v", why)
	}
	t.Skip(why)
}
