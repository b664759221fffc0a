package hosts

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Host is one process and its directory. Its methods are for one goroutine; they
// fail the test if they cannot do what they say.
type Host struct {
	Name               string
	Client, Peer, HTTP string // addresses, host:port
	Dir                string // of the configuration, the data and the log
	// Ahead is how far the host's wall clock is ahead of this machine's, in whole
	// seconds, from its next start on.
	Ahead time.Duration

	cluster *Cluster
	join    bool  // it was not there from the beginning
	as      *Host // whose configuration it has, but for the ports; nil for its own
	process *exec.Cmd
	stdin   io.Closer     // keeps H1
	ended   chan struct{} // closed when the process has
}

// Data returns the directory of the host's data.
func (h *Host) Data() string { return filepath.Join(h.Dir, "data") }

// Start starts the process, if it does not run, and does not wait for it.
func (h *Host) Start() {
	t := h.cluster.t
	t.Helper()
	if h.Running() {
		return
	}
	command, err := h.cluster.Program.command(h.cluster, h)
	if err != nil {
		t.Fatal(err)
	}
	h.run(command)
}

func (h *Host) run(command *exec.Cmd) {
	t := h.cluster.t
	t.Helper()
	log, err := os.OpenFile(h.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	if h.stdin, err = command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := h.start(command); err != nil {
		t.Fatalf("start host %s: %v", h.Name, err)
	}
	ended := make(chan struct{})
	h.process, h.ended = command, ended
	go func() {
		_ = command.Wait() // how it ended is in ProcessState
		close(ended)
	}()
}

// Running tells whether there is a process, be it frozen.
func (h *Host) Running() bool {
	if h.process == nil {
		return false
	}
	select {
	case <-h.ended:
		return false
	default:
		return true
	}
}

// Kill ends the process with kill -9, as a loss of power would, but for what the
// system still holds in its caches. It returns when the process is gone.
func (h *Host) Kill() {
	if h.Running() {
		h.Crash()
		<-h.ended
	}
}

// Crash is Kill that does not wait, so that several hosts end at once.
func (h *Host) Crash() {
	if h.Running() {
		h.signal(syscall.SIGKILL)
	}
}

// Stop ends the process with SIGTERM and returns its exit status.
func (h *Host) Stop() int {
	h.signal(syscall.SIGTERM)
	return h.AwaitExit()
}

// AwaitExit waits for the process to end by itself and returns its exit status.
func (h *Host) AwaitExit() int {
	h.cluster.t.Helper()
	Await(h.cluster.t, "the end of host "+h.Name, func() bool { return !h.Running() })
	return h.process.ProcessState.ExitCode()
}

// Freeze stops the process in its tracks until Thaw; its connections stay open.
func (h *Host) Freeze() { h.signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (h *Host) Thaw() { h.signal(syscall.SIGCONT) }

func (h *Host) signal(s os.Signal) {
	h.cluster.t.Helper()
	if err := h.process.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.cluster.t.Errorf("send %v to host %s: %v", s, h.Name, err)
	}
}

// Wipe removes the data of a host that is down.
func (h *Host) Wipe() {
	h.cluster.t.Helper()
	if h.Running() {
		h.cluster.t.Fatalf("host %s still runs on the data that is to go", h.Name)
	}
	if err := os.RemoveAll(h.Data()); err != nil {
		h.cluster.t.Fatal(err)
	}
}

func (h *Host) logFile() string { return filepath.Join(h.Dir, "log") }

// Log returns all that the host's processes have printed.
func (h *Host) Log() string {
	text, err := os.ReadFile(h.logFile())
	if err != nil && h.process != nil {
		h.cluster.t.Error(err)
	}
	return string(bytes.ToValidUTF8(text, []byte("?")))
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
