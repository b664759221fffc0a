package live_test

import (
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleysystems/parley/kernel/live"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(survivorDir); dir != "" {
		survive(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a condition may take that surely comes.
const patience = time.Minute

// eventually waits until cond holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for !cond() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// await receives from c.
func await[T any](t testing.TB, what string, c <-chan T) (v T) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case v = <-c:
	case <-deadline.C:
		t.Fatalf("not within %v: %s", patience, what)
	}
	return v
}

// brisk are bounds for tests: what is lost is noticed soon.
func brisk() live.Bounds {
	return live.Bounds{
		Dial: time.Second, Ping: 20 * time.Millisecond, Silence: 5 * time.Second,
		BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond,
	}
}

func listener(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// open opens a host that the test closes at its end.
func open(t testing.TB, c live.Config) *live.Host {
	t.Helper()
	h, err := live.Open(complete(t, c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func complete(t testing.TB, c live.Config) live.Config {
	if c.Dir == "" && c.Disk == nil {
		c.Dir = t.TempDir()
	}
	if c.Bounds == (live.Bounds{}) {
		c.Bounds = brisk()
	}
	return c
}

// cluster opens hosts of these names that know each other.
func cluster(t testing.TB, c live.Config, names ...string) map[string]*live.Host {
	t.Helper()
	listeners, hosts := map[string]net.Listener{}, map[string]*live.Host{}
	for _, name := range names {
		listeners[name] = listener(t)
	}
	for _, name := range names {
		c.Name, c.Listener, c.Peers = name, listeners[name], map[string]string{}
		for _, other := range names {
			if other != name {
				c.Peers[other] = listeners[other].Addr().String()
			}
		}
		hosts[name] = open(t, c)
	}
	for _, h := range hosts {
		eventually(t, "all connected", func() bool { return connected(h) == len(names)-1 })
	}
	return hosts
}

func connected(h *live.Host) (n int) {
	for _, p := range h.Stats().Peers {
		if p.State == live.Connected {
			n++
		}
	}
	return n
}
