package rpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	door "github.com/parleysystems/parley/serve/rpc"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Raise is the arguments of the procedures, Sum their result.
type Raise struct {
	By   int64  `wire:"1"`
	Text string `wire:"2"`
}

type Sum struct {
	Is   int64  `wire:"1"`
	Text string `wire:"2"`
}

// counter is the server's state.
type counter struct{ is int64 }

func (c *counter) raise(r *Raise) (*Sum, error) {
	if r.By < 0 {
		return nil, errors.New("a counter is not lowered")
	}
	c.is += r.By
	return &Sum{Is: c.is, Text: r.Text}, nil
}

func (c *counter) Snapshot() []byte       { return fmt.Append(nil, c.is) }
func (c *counter) Restore(s []byte) error { _, err := fmt.Sscan(string(s), &c.is); return err }

// house is a host with a counter, and a door to it.
type house struct {
	host *live.Host
	door *door.Door
	runs chan struct{} // told when "wait" begins, which then never ends
}

// open opens a house in a directory, at an address or any.
func open(t testing.TB, dir, address string, cfg door.Config) *house {
	t.Helper()
	host, err := live.Open(live.Config{Name: "a", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{host: host, runs: make(chan struct{}, 1)}
	err = host.Serve("counter", func() node.Node {
		c := new(counter)
		s := rpc.NewServer(rpc.Config{Semantics: rpc.AtMostOnce, State: c})
		rpc.Handle(s, "raise", c.raise)
		rpc.Handle(s, "look", func(r *Raise) (*Sum, error) { return &Sum{Is: c.is, Text: r.Text}, nil }, rpc.AtLeastOnce)
		rpc.HandleOutside(s, "wait", func(task node.Task, r *Raise) (*Sum, error) {
			h.runs <- struct{}{}
			task.Await(func(func()) {})
			return &Sum{}, nil
		})
		return s
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Host, cfg.Service, cfg.Listen = host, "counter", address
	if h.door, err = door.Listen(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	return h
}

func (h *house) close() {
	h.door.Close()
	h.host.Close()
}

func dial(t testing.TB, c door.ClientConfig) *door.Client {
	t.Helper()
	client, err := door.Dial(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func raise(t *testing.T, c *door.Client, by int64) (*Sum, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return door.Call[Raise, Sum](ctx, c, "raise", &Raise{By: by})
}

// Many goroutines share a connection, and every call runs once.
func TestCalls(t *testing.T) {
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{})
	c := dial(t, door.ClientConfig{Address: h.door.Addr(), RetryAfter: 10 * time.Second})
	const callers, each = 16, 20
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				if _, err := raise(t, c, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if s, err := raise(t, c, 0); err != nil || s.Is != callers*each {
		t.Fatalf("after %d calls: %v, %v", callers*each, s, err)
	}
}

// A server has room for so many clients. Those that end well make room for others; one that
// is only cut off does not, since it may come back with the numbers that it used.
func TestClientsThatAreOverAreForgotten(t *testing.T) {
	dir := t.TempDir()
	h := open(t, dir, "127.0.0.1:0", door.Config{})
	for range 10 {
		c, err := door.Dial(door.ClientConfig{Address: h.door.Addr(), RetryAfter: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raise(t, c, 1); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		h.remembers(t, 0)
	}
	send := append(frame(1, "\x08\x01\x12\x02me"), frame(4, "\x08\x01\x1a\x05raise\x22\x02\x08\x02")...)
	for range 2 { // the second time it is a copy
		cut := stranger(t, h.door.Addr())
		if _, err := cut.Write(send); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(cut, make([]byte, 22)); err != nil {
			t.Fatal(err)
		}
		cut.Close()
		h.remembers(t, 1)
	}
	h.close()
	h = open(t, dir, "127.0.0.1:0", door.Config{})
	h.remembers(t, 1)
	over := stranger(t, h.door.Addr())
	if _, err := over.Write(append(frame(1, "\x08\x01\x12\x02me"), frame(6, "")...)); err != nil {
		t.Fatal(err)
	}
	h.remembers(t, 0)
	c := dial(t, door.ClientConfig{Address: h.door.Addr(), RetryAfter: 10 * time.Second})
	if s, err := raise(t, c, 0); err != nil || s.Is != 11 {
		t.Errorf("after 11 raises: %v, %v", s, err)
	}
}

// remembers waits until the server knows of so many clients.
func (h *house) remembers(t *testing.T, want int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	got := make(chan int, 1)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-tick.C {
		err := h.host.Do("counter", func(n node.Node) {
			_, clients := n.(*rpc.Server).Remembers()
			got <- clients
		})
		if err != nil {
			t.Fatal(err)
		}
		if <-got == want {
			return
		}
	}
	t.Fatalf("the server does not come to remember %d clients", want)
}

// Errors say whether the call ran.
func TestErrors(t *testing.T) {
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{MaxFrame: 4096})
	c := dial(t, door.ClientConfig{Address: h.door.Addr(), RetryAfter: 10 * time.Second})
	for _, test := range []struct {
		method    string
		args      []byte
		status    rpc.Status
		surelyNot bool
	}{
		{"raise", []byte{0x08, 0x01}, rpc.Failed, false}, // -1
		{"lower", nil, rpc.NoMethod, true},
		{"raise", []byte{0xff}, rpc.BadArguments, true},
		{"raise", make([]byte, 1<<20), rpc.BadArguments, true},
	} {
		_, err := c.Do(t.Context(), test.method, test.args)
		var e *door.Error
		if !errors.As(err, &e) || e.Status != test.status || e.SurelyNot() != test.surelyNot {
			t.Errorf("%s: %v, want %v", test.method, err, test.status)
		}
	}
	nobody := dial(t, door.ClientConfig{Address: "127.0.0.1:1", Tries: 2, RetryAfter: 50 * time.Millisecond})
	_, err := raise(t, nobody, 1)
	var e *door.Error
	if !errors.As(err, &e) || !e.SurelyNot() {
		t.Errorf("nobody listens: %v", err)
	}
}

// The host stops in the middle of a call and comes back at the same address. A
// client that never sends again has an error that leaves open whether it ran;
// another one has its result, and the counter was raised once for each.
func TestAServerRestartedInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	h := open(t, dir, "127.0.0.1:0", door.Config{})
	address := h.door.Addr()
	once := dial(t, door.ClientConfig{Address: address, Tries: 1, RetryAfter: time.Minute})
	again := dial(t, door.ClientConfig{Address: address, Tries: 1000, RetryAfter: time.Second})
	if _, err := raise(t, again, 1); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() {
		_, err := once.Do(t.Context(), "wait", nil)
		waited <- err
	}()
	<-h.runs
	h.close()
	var e *door.Error
	if err := <-waited; !errors.As(err, &e) || e.SurelyNot() || e.Err == nil {
		t.Fatalf("the connection was lost while it ran: %v", err)
	}
	raised := make(chan error, 1)
	go func() {
		_, err := raise(t, again, 1)
		raised <- err
	}()
	open(t, dir, address, door.Config{})
	if err := <-raised; err != nil {
		t.Fatal(err)
	}
	if s, err := raise(t, again, 0); err != nil || s.Is != 2 {
		t.Fatalf("raised twice: %v, %v", s, err)
	}
}

// frame writes a frame by hand, as a client in another language does.
func frame(kind byte, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+1))
	return append(append(b, kind), body...)
}

// stranger is a connection without our client.
func stranger(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c
}

// The documented bytes are the protocol.
func TestFramesByHand(t *testing.T) {
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{})
	c := stranger(t, h.door.Addr())
	send := append(frame(1, "\x08\x01\x12\x02me"), frame(4, "\x08\x07\x1a\x05raise\x22\x02\x08\x0a")...) // 7: raise by 5
	send = append(send, frame(4, "\x08\x07\x1a\x05raise\x22\x02\x08\x0a")...)                            // a copy
	if _, err := c.Write(send); err != nil {
		t.Fatal(err)
	}
	want := frame(2, "\x08\x80\x80\x40\x10\x80\x08") // 1 MiB, 1,024
	want = append(want, frame(5, "\x08\x07\x10\x01\x1a\x02\x08\x0a")...)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%x, %v, want %x", got, err, want)
	}
}

// What no client sends ends its connection with a reason, and hurts nobody else.
func TestBadInput(t *testing.T) {
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{MaxFrame: 4096, Patience: time.Second})
	good := dial(t, door.ClientConfig{Address: h.door.Addr(), RetryAfter: 10 * time.Second})
	hello := frame(1, "\x08\x01\x12\x02me")
	for name, test := range map[string]struct {
		send []byte
		why  string
	}{
		"garbage":          {[]byte("GET / HTTP/1.1\r\n\r\n"), "it must have 1 to 4096"},
		"no hello":         {frame(4, ""), "no hello"},
		"another version":  {frame(1, "\x08\x02\x12\x02me"), "version 2"},
		"no name":          {frame(1, "\x08\x01"), "name of 0 bytes"},
		"silence":          {nil, "waited for hello"},
		"half a frame":     {slices.Concat(hello, []byte{0, 0, 0, 9, 4, 1}), "half a frame"},
		"an empty frame":   {slices.Concat(hello, []byte{0, 0, 0, 0, 0}), "a frame of 0 bytes"},
		"oversized":        {slices.Concat(hello, frame(4, strings.Repeat("x", 5000))), "a frame of 5001 bytes"},
		"a server's frame": {slices.Concat(hello, frame(5, "")), "frames of kind 5"},
		"no call":          {slices.Concat(hello, frame(4, "\xff\xff")), "does not decode"},
	} {
		t.Run(name, func(t *testing.T) {
			c := stranger(t, h.door.Addr())
			if _, err := c.Write(test.send); err != nil {
				t.Fatal(err)
			}
			if got, _ := io.ReadAll(c); !strings.Contains(string(got), test.why) {
				t.Errorf("the connection ended with %q, want %q", got, test.why)
			}
			if _, err := raise(t, good, 1); err != nil {
				t.Errorf("another client: %v", err)
			}
		})
	}
}

// A client that calls and never reads loses its connection, and holds up nobody.
func TestAClientThatNeverReads(t *testing.T) {
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{MaxQueue: 64 << 10, Patience: 500 * time.Millisecond})
	c := stranger(t, h.door.Addr())
	if _, err := c.Write(frame(1, "\x08\x01\x12\x02me")); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x", 10_000)
	var err error
	for n := range uint64(100_000) { // each has a result of 10 kB, and says that those before it are over
		body := wire.AppendUint(wire.AppendUint(nil, 1, n+1), 2, n)
		body = wire.AppendBytes(wire.AppendBytes(body, 3, "raise"), 4, wire.AppendBytes(nil, 2, text))
		if _, err = c.Write(frame(4, string(body))); err != nil {
			break
		}
	}
	if err == nil {
		t.Fatal("a gigabyte of results waits for a client that does not read")
	}
	good := dial(t, door.ClientConfig{Address: h.door.Addr(), RetryAfter: 10 * time.Second})
	if _, err := raise(t, good, 1); err != nil {
		t.Fatal(err)
	}
}

// Nothing goes beyond this machine in the clear.
func TestCredentialsAreNeededBeyondLoopback(t *testing.T) {
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{})
	if _, err := door.Listen(door.Config{Host: h.host, Service: "counter", Listen: "0.0.0.0:0"}); !errors.Is(err, live.ErrNeedCredentials) {
		t.Errorf("listen on all addresses: %v", err)
	}
	if _, err := door.Dial(door.ClientConfig{Address: "192.0.2.1:7500"}); !errors.Is(err, live.ErrNeedCredentials) {
		t.Errorf("call another machine: %v", err)
	}
}
