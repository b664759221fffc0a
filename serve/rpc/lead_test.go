package rpc

import (
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// word is the one message of the echo.
type word struct {
	S string `wire:"1"`
}

// echo opens a host with an echo, and a door to it.
func echo(t *testing.T) (*live.Host, *Door) {
	t.Helper()
	host, err := live.Open(live.Config{Name: "a", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	err = host.Serve("echo", func() node.Node {
		s := rpc.NewServer(rpc.Config{})
		rpc.Handle(s, "echo", func(w *word) (*word, error) { return w, nil })
		rpc.HandleOutside(s, "slowly", func(task node.Task, w *word) (*word, error) {
			task.Sleep(time.Millisecond)
			return w, nil
		})
		return s
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Listen(Config{Host: host, Service: "echo", Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return host, d
}

// reads tells who reads the connection of a client: its listener, or nobody between two
// calls; none tells that it has no connection.
func (c *Client) reads() (listener, none bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link != nil && c.link.listening, c.link == nil
}

func soonTrue(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(time.Minute); !is(); <-tick.C {
		if time.Now().After(until) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// Who is alone reads for himself; where several call, the listener does until there is
// one alone again; and an idle connection is the listener's, who notices that it ends.
func TestWhoReads(t *testing.T) {
	host, d := echo(t)
	c, err := Dial(ClientConfig{Address: d.Addr(), RetryAfter: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say := func(method string) {
		if r, err := Call[word, word](t.Context(), c, method, &word{"x"}); err != nil || r.S != "x" {
			t.Errorf("%v, %v", r, err)
		}
	}
	alone := func() bool {
		say("echo")
		listener, _ := c.reads()
		return !listener
	}
	soonTrue(t, "a lone caller reads", alone)
	soonTrue(t, "a crowd has the listener read", func() bool {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { say("slowly") })
		}
		all.Wait()
		listener, _ := c.reads()
		return listener
	})
	soonTrue(t, "who is left reads again", alone)
	soonTrue(t, "the listener has an idle connection", func() bool {
		listener, _ := c.reads()
		return listener
	})
	d.Close()
	soonTrue(t, "a lost connection is noticed without a call", func() bool {
		_, none := c.reads()
		return none
	})
	if _, err := Listen(Config{Host: host, Service: "nobody", Listen: "127.0.0.1:0"}); err == nil {
		t.Error("a door to a service that there is not")
	}
}
