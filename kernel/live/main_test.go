package live_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(survivorDir); dir != "" {
		survive(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// Word is the one message of these tests.
type Word struct {
	Text   string `wire:"1"`
	Number uint64 `wire:"2"`
	Bulk   []byte `wire:"3"`
}

var _ = wire.Register[Word]("live_test.Word")

// patience is how long a condition may take that surely comes.
const patience = 20 * time.Second

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

// journal is a log that a test reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) has(parts ...string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
lines:
	for line := range strings.Lines(j.text.String()) {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue lines
			}
		}
		return true
	}
	return false
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// brisk are bounds for tests: what is lost is noticed soon.
func brisk() live.Bounds {
	return live.Bounds{
		Dial: time.Second, Ping: 20 * time.Millisecond, Silence: 500 * time.Millisecond,
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

// actor is a node made of functions.
type actor struct {
	start   func(node.Env)
	receive func(env node.Env, from node.Addr, m *Word)
	env     node.Env
}

func (a *actor) Start(env node.Env) {
	a.env = env
	if a.start != nil {
		a.start(env)
	}
}

func (a *actor) Receive(from node.Addr, m node.Message) {
	if a.receive != nil {
		a.receive(a.env, from, m.(*Word))
	}
}

func serve(t testing.TB, h *live.Host, service string, a *actor) {
	t.Helper()
	if err := h.Serve(service, func() node.Node { return a }); err != nil {
		t.Fatal(err)
	}
}

// do runs f on the loop and waits for it.
func do(t testing.TB, h *live.Host, service string, f func(env node.Env)) {
	t.Helper()
	done := make(chan struct{})
	err := h.Do(service, func(n node.Node) {
		f(n.(*actor).env)
		close(done)
	})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "a function on the loop", done)
}

func echo() *actor {
	return &actor{receive: func(env node.Env, from node.Addr, m *Word) { env.Send(from, m) }}
}

// sink hands on what it receives.
func sink() (*actor, chan *Word) {
	c := make(chan *Word, 1<<16)
	return &actor{receive: func(_ node.Env, _ node.Addr, m *Word) { c <- m }}, c
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
