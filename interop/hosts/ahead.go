package hosts

import (
	"errors"
	"os/exec"
	"time"
)

// errNoShift is why a clock cannot be wrong for one process on this machine.
var errNoShift = errors.New("a wrong clock needs Linux on amd64, and the right to trace a process")

// start starts a process, with a wall clock of its own if the host's is wrong. The
// test is skipped where nobody can do that.
func (h *Host) start(command *exec.Cmd) error {
	if h.Ahead == 0 {
		return command.Start()
	}
	err := startAhead(command, h.Ahead.Truncate(time.Second))
	if errors.Is(err, errNoShift) {
		h.cluster.t.Skip(err)
	}
	return err
}
