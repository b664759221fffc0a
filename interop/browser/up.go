package browser

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/hosts"
)

// Up is a parley up on ports and data of its own.
type Up struct {
	// Link is the URL that it printed, with the token, and Page the same without.
	Link, Page string
	Clients    []string // addresses for etcd clients, of hosts a, b, c

	stop  func() // once
	mu    sync.Mutex
	lines []string
}

// StartUp runs parley up until the end of the test, and returns when it has
// printed where its console is.
func StartUp(t testing.TB, flags ...string) *Up {
	t.Helper()
	binary, err := hosts.Parley()
	if err != nil {
		t.Fatal(err)
	}
	ports := hosts.FreePorts(t, 6)
	u := &Up{Clients: ports[:3]}
	cmd := exec.Command(binary, append([]string{"up", "--data", t.TempDir(), "--http", hosts.FreePortRow(t, 4),
		"--client-ports", portsOf(ports[:3]), "--peer-ports", portsOf(ports[3:])}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go u.read(out, read)
	u.stop = sync.OnceFunc(func() { u.end(t, cmd, read) })
	t.Cleanup(u.stop)
	hosts.Await(t, "the console's address", func() bool { return u.find() != "" })
	u.Link = u.find()
	u.Page, _, _ = strings.Cut(u.Link, "/#")
	return u
}

func portsOf(addresses []string) string {
	var ports []string
	for _, a := range addresses {
		ports = append(ports, a[strings.LastIndex(a, ":")+1:])
	}
	return strings.Join(ports, ",")
}

func (u *Up) read(from io.Reader, done chan<- struct{}) {
	defer close(done)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		u.mu.Lock()
		u.lines = append(u.lines, lines.Text())
		u.mu.Unlock()
	}
}

// Stop ends it as Ctrl-C does, before the end of the test.
func (u *Up) Stop() { u.stop() }

// Output returns what it has printed.
func (u *Up) Output() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return strings.Join(u.lines, "\n")
}

var console = regexp.MustCompile(`(?m)^console +(http://\S+)$`)

func (u *Up) find() string {
	if m := console.FindStringSubmatch(u.Output()); m != nil {
		return m[1]
	}
	return ""
}

// end stops it as Ctrl-C does, and complains if it does not stop well.
func (u *Up) end(t testing.TB, cmd *exec.Cmd, read <-chan struct{}) {
	_ = cmd.Process.Signal(os.Interrupt) // it may have ended
	hurry := time.AfterFunc(Patience, func() { _ = cmd.Process.Kill() })
	defer hurry.Stop()
	<-read
	if err := cmd.Wait(); err != nil {
		t.Errorf("parley up ended with %v", err)
	}
	if t.Failed() {
		t.Logf("parley up said:\n%s", u.Output())
	}
}
