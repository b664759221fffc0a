//go:build interop

package etcdctl_test

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// background is a command that runs until somebody ends it.
type background struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}

	mu    sync.Mutex
	lines []string
}

// start runs etcdctl beside the test. Its lines are read as they come.
func (c *ctl) start(endpoints, args string) *background {
	c.t.Helper()
	b := &background{t: c.t, cmd: c.command(endpoints, args), ended: make(chan struct{})}
	out, err := b.cmd.StdoutPipe()
	if err == nil {
		err = b.cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	go b.read(c, out)
	c.t.Cleanup(func() {
		_ = b.cmd.Process.Kill() // it may have ended already
		<-b.ended
	})
	return b
}

func (b *background) read(c *ctl, out io.Reader) {
	defer close(b.ended)
	for s := bufio.NewScanner(out); s.Scan(); {
		b.mu.Lock()
		b.lines = append(b.lines, s.Text())
		b.mu.Unlock()
	}
	_ = b.cmd.Wait() // how it ended is in ProcessState
}

func (b *background) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.lines, "\n")
}

// await waits until the output contains want.
func (b *background) await(want string) {
	b.t.Helper()
	defer func() {
		if b.t.Failed() {
			b.t.Logf("%v printed:\n%s", b.cmd.Args, b.text())
		}
	}()
	hosts.Await(b.t, "the words "+want, func() bool { return strings.Contains(b.text(), want) })
}

// interrupt does what Ctrl-C does, and waits for the end.
func (b *background) interrupt() {
	b.t.Helper()
	if err := b.cmd.Process.Signal(syscall.SIGINT); err != nil {
		b.t.Fatal(err)
	}
	hosts.Await(b.t, "the end of etcdctl", func() bool {
		select {
		case <-b.ended:
			return true
		default:
			return false
		}
	})
}

// run runs a command on the host and fails the test unless it succeeds.
func (c *ctl) run(h *hosts.Host, args string) string {
	c.t.Helper()
	out, err := c.command(h.Client, args).Output()
	if err != nil {
		c.t.Fatalf("etcdctl %s at %s: %v\n%s", args, h.Name, err, out)
	}
	return string(out)
}
