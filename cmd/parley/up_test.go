package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/kernel/disk"
)

// up is a cluster on ports of its own.
type up struct {
	*process
	args    []string
	clients []string // addresses for etcd clients
	peers   []string // and for the other hosts
	page    string
}

func startUp(t *testing.T, dir string, more ...string) *up {
	t.Helper()
	u := newUpArgs(t, dir, more...)
	u.process = start(t, u.args...)
	return u
}

func newUpArgs(t *testing.T, dir string, more ...string) *up {
	t.Helper()
	ports := freePorts(t, 10) // the processes of --procs have pages of their own, after that of all
	u := &up{page: "127.0.0.1:" + ports[6]}
	for i := range upNames("raft") {
		u.clients = append(u.clients, "127.0.0.1:"+ports[i])
		u.peers = append(u.peers, "127.0.0.1:"+ports[3+i])
	}
	u.args = append([]string{"up", "--data", dir, "--http", u.page, "--client-ports", strings.Join(ports[:3], ","),
		"--peer-ports", strings.Join(ports[3:6], ",")}, more...)
	return u
}

func client(t *testing.T, endpoints ...string) *clientv3.Client {
	t.Helper()
	c, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func put(t *testing.T, c *clientv3.Client, key, value string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.Put(ctx, key, value); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func expectValue(t *testing.T, c *clientv3.Client, key, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := c.Get(ctx, key)
	if err != nil || len(r.Kvs) != 1 || string(r.Kvs[0].Value) != want {
		t.Fatalf("get %s: %v (%v), want %q", key, r, err, want)
	}
}

func TestUpServesOnEveryHostAndStopsCleanly(t *testing.T) {
	u := startUp(t, t.TempDir())
	u.roles(t)
	put(t, client(t, u.clients[0]), "greeting", "hello")
	for _, address := range u.clients {
		expectValue(t, client(t, address), "greeting", "hello")
	}
	if body := get(t, "http://"+u.page+"/health"); !strings.Contains(body, `"true"`) {
		t.Errorf("/health says %s", body)
	}
	if body := get(t, "http://"+u.page+"/"); !strings.Contains(body, "parley up") {
		t.Errorf("the status page says %s", body)
	}
	if status := u.stop(syscall.SIGINT); status != 0 {
		t.Errorf("Ctrl-C ends it with status %d, want 0\n%s", status, u.output())
	}
	if strings.Contains(u.output(), "\x1b") {
		t.Errorf("terminal sequences in plain output: %q", u.output())
	}
}

// roles waits for the line of each host and checks what it says.
func (u *up) roles(t *testing.T) {
	t.Helper()
	leaders := 0
	for i, name := range upNames("raft") {
		line := u.await(regexp.MustCompile("^host " + name + "  [a-z]+ +clients"))
		m := regexp.MustCompile(`^host \w  (leader|follower) +clients (\S+)  data (\S+)$`).FindStringSubmatch(line)
		if m == nil || m[2] != u.clients[i] || !strings.HasSuffix(m[3], "/"+name) {
			t.Fatalf("the line of host %s is %q", name, line)
		}
		if m[1] == "leader" {
			leaders++
		}
	}
	if leaders != 1 {
		t.Errorf("%d leaders, want one:\n%s", leaders, u.output())
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestUpComesBackAfterKill(t *testing.T) {
	dir := t.TempDir()
	first := startUp(t, dir)
	first.roles(t)
	c := client(t, first.clients...)
	for i := range 20 {
		put(t, c, fmt.Sprintf("key%d", i), "kept")
	}
	first.stop(syscall.SIGKILL)

	second := startUp(t, dir)
	second.roles(t)
	c = client(t, second.clients...)
	for i := range 20 {
		expectValue(t, c, fmt.Sprintf("key%d", i), "kept")
	}
	if status := second.stop(syscall.SIGTERM); status != 0 {
		t.Errorf("SIGTERM ends it with status %d, want 0", status)
	}
}

func TestUpNamesThePortThatIsTakenAndTheFlag(t *testing.T) {
	for _, test := range []struct{ kind, flag string }{
		{"client", "--client-ports"}, {"peer", "--peer-ports"}, {"HTTP", "--http"},
	} {
		for _, mode := range []string{"--procs=false", "--procs"} {
			t.Run(test.kind+mode, func(t *testing.T) {
				u := newUpArgs(t, t.TempDir(), mode)
				taken := map[string]string{"client": u.clients[1], "peer": u.peers[2], "HTTP": u.page}[test.kind]
				l, err := net.Listen("tcp", taken)
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				parley(t, u.args...).expect(t, 1, test.kind+" port "+taken+" is in use", test.flag)
			})
		}
	}
}

func TestUpNamesTheProcessThatHasTheDirectory(t *testing.T) {
	for _, mode := range []string{"--procs=false", "--procs"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			lock, err := disk.Lock(dir + "/b")
			if err != nil {
				t.Fatal(err)
			}
			defer lock.Close()
			u := newUpArgs(t, dir, mode)
			parley(t, u.args...).expect(t, 1, dir+"/b is in use by process", "--data")
		})
	}
}

func TestUpProcsTellsOfADeadHostAndGoesOn(t *testing.T) {
	u := startUp(t, t.TempDir(), "--procs")
	pid := regexp.MustCompile(`process (\d+)`).FindStringSubmatch(u.await(regexp.MustCompile("host b  process")))
	for _, name := range upNames("raft") {
		u.await(regexp.MustCompile("host " + name + "  (leader|follower)"))
	}
	victim, err := strconv.Atoi(pid[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if line := u.await(regexp.MustCompile("DIED")); !strings.Contains(line, "host b") || !strings.Contains(line, "killed") {
		t.Errorf("the death of b is told as %q", line)
	}
	c := client(t, u.clients[0], u.clients[2])
	put(t, c, "still", "here")
	expectValue(t, c, "still", "here")
	if status := u.stop(syscall.SIGINT); status != 0 {
		t.Errorf("Ctrl-C ends it with status %d, want 0\n%s", status, u.output())
	}
}

// Children notice that their parent is gone by the end of their input.
func TestUpProcsLeavesNoChildBehindWhenKilled(t *testing.T) {
	u := startUp(t, t.TempDir(), "--procs")
	u.await(regexp.MustCompile(`host a  (leader|follower)`))
	var connections []net.Conn
	for _, address := range u.clients {
		c, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		connections = append(connections, c)
	}
	u.stop(syscall.SIGKILL)
	for _, c := range connections {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the host at %s still runs", c.RemoteAddr())
		}
		expectRefused(t, c.RemoteAddr().String())
	}
}

// expectRefused waits until nobody listens at an address any more: the system
// takes a listener away a moment after it was closed.
func expectRefused(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		c.Close()
		if time.Now().After(deadline) {
			t.Fatalf("somebody still listens at %s", address)
		}
	}
}

func TestUpKeepsAHostWithoutItsDataFromVoting(t *testing.T) {
	dir := t.TempDir()
	first := startUp(t, dir)
	first.roles(t)
	put(t, client(t, first.clients...), "greeting", "hello")
	first.stop(syscall.SIGKILL)
	if err := os.RemoveAll(dir + "/b"); err != nil {
		t.Fatal(err)
	}

	second := startUp(t, dir)
	second.await(regexp.MustCompile("^host b  down: .*data of host b is gone: host [ac] remembers it.*Bring the directory back"))
	expectValue(t, client(t, second.clients[0], second.clients[2]), "greeting", "hello")
	if status := second.stop(syscall.SIGINT); status != 0 {
		t.Errorf("Ctrl-C ends it with status %d, want 0\n%s", status, second.output())
	}
}

func TestUpGoesOnWithoutAHostWhoseLogIsDamaged(t *testing.T) {
	dir := t.TempDir()
	first := startUp(t, dir)
	first.roles(t)
	c := client(t, first.clients...)
	for i := range 50 {
		put(t, c, fmt.Sprintf("key%d", i), strings.Repeat("v", 200))
	}
	first.stop(syscall.SIGKILL)
	damage(t, dir+"/b/wal/0000000000000001.wal", 5000)

	second := startUp(t, dir)
	second.await(regexp.MustCompile(`^host b  down: .*corrupt at offset \d+.*data directory .*/b`))
	c = client(t, second.clients[0], second.clients[2])
	for i := range 50 {
		expectValue(t, c, fmt.Sprintf("key%d", i), strings.Repeat("v", 200))
	}
	if body := get(t, "http://"+second.page+"/status.json"); !strings.Contains(body, "corrupt at offset") {
		t.Errorf("the status page does not say what b's trouble is: %s", body)
	}
}

// damage turns over some bits in the middle of a file.
func damage(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [8]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= 0x5a
	}
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}
