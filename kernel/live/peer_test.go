package live_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func peer(h *live.Host, name string) live.PeerStats {
	for _, p := range h.Stats().Peers {
		if p.Name == name {
			return p
		}
	}
	return live.PeerStats{}
}

func TestHostsFindEachOtherAgainAfterARestart(t *testing.T) {
	la := listener(t)
	a := open(t, live.Config{Name: "a", Listener: la, Peers: map[string]string{}})
	received, words := sink()
	serve(t, a, "node", received)
	address := ""
	for incarnation := range uint64(3) {
		l := listener(t)
		if address != "" {
			l.Close()
			l = nil
		}
		c := live.Config{Name: "b", Listener: l, Listen: address, Dir: t.TempDir(), Peers: map[string]string{"a": a.Addr()}}
		if l == nil {
			c.Listener = nil
		}
		b := open(t, c)
		serve(t, b, "echo", echo())
		address = b.Addr()
		if err := a.AddPeer("b", address); err != nil {
			t.Fatal(err)
		}
		eventually(t, "an echo", func() bool {
			a.Do("node", func(n node.Node) { n.(*actor).env.Send("b/echo", &Word{Number: incarnation}) })
			select {
			case w := <-words:
				return w.Number == incarnation
			default:
				return false
			}
		})
		b.Close()
		eventually(t, "a notices", func() bool { return connected(a) == 0 })
	}
	if p := peer(a, "b"); p.Connects < 3 || p.LastError == "" {
		t.Fatalf("after three incarnations: %+v", p)
	}
}

func TestAGuestIsAnsweredOverItsOwnConnection(t *testing.T) {
	server := open(t, live.Config{Name: "server", Listener: listener(t)})
	serve(t, server, "echo", echo())
	guest := open(t, live.Config{Name: "guest", Peers: map[string]string{"server": server.Addr()}})
	client, words := sink()
	serve(t, guest, "client", client)
	do(t, guest, "client", func(env node.Env) { env.Send("server/echo", &Word{Text: "hello"}) })
	await(t, "the answer", words)
	guest.Close()
	eventually(t, "the guest is forgotten", func() bool { return len(server.Stats().Peers) == 0 })
}

func TestGuestsAreBounded(t *testing.T) {
	b := brisk()
	b.Guests = 1
	server := open(t, live.Config{Name: "server", Listener: listener(t), Bounds: b})
	peers := map[string]string{"server": server.Addr()}
	first := open(t, live.Config{Name: "first", Peers: peers})
	eventually(t, "the first guest", func() bool { return connected(first) == 1 })
	second := open(t, live.Config{Name: "second", Peers: peers})
	eventually(t, "the refusal", func() bool {
		return strings.Contains(peer(second, "server").LastError, "1 guests are connected already")
	})
}

func TestAMessageWithoutADestinationIsDroppedAndCounted(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	serve(t, hosts["a"], "node", &actor{})
	do(t, hosts["a"], "node", func(env node.Env) {
		env.Send("nowhere/x", &Word{})
		env.Send("a/nobody", &Word{})
		env.Send("b/nobody", &Word{})
	})
	eventually(t, "a counts two", func() bool { return hosts["a"].Stats().Unroutable == 2 })
	eventually(t, "b counts one", func() bool { return hosts["b"].Stats().Unroutable == 1 })
}

func TestRoundTripsAreMeasured(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	eventually(t, "a round trip", func() bool { return peer(hosts["a"], "b").RoundTrip > 0 })
}

func TestAPeerThatMovesIsFollowed(t *testing.T) {
	older := open(t, live.Config{Name: "b", Listener: listener(t)})
	newer := open(t, live.Config{Name: "b", Listener: listener(t)})
	a := open(t, live.Config{Name: "a", Peers: map[string]string{"b": older.Addr()}})
	eventually(t, "connected", func() bool { return connected(older) == 1 })
	if err := a.AddPeer("b", newer.Addr()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "connected to the new address", func() bool { return connected(newer) == 1 })
	eventually(t, "gone from the old one", func() bool { return connected(older) == 0 })
	if err := a.AddPeer("c", "192.0.2.1:7400"); !errors.Is(err, live.ErrNeedCredentials) {
		t.Fatalf("a peer beyond loopback without credentials: %v", err)
	}
}

func TestAPeerThatMovesDuringAnAttemptIsFollowed(t *testing.T) {
	older := listener(t)
	defer older.Close()
	newer := open(t, live.Config{Name: "b", Listener: listener(t)})
	b := brisk()
	b.Dial, b.Silence = patience, 2*patience
	a := open(t, live.Config{Name: "a", Bounds: b, Peers: map[string]string{"b": older.Addr().String()}})
	conn, err := older.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := a.AddPeer("b", newer.Addr()); err != nil {
		t.Fatal(err)
	}
	conn.Write(append(bytes.Clone(preamble), frame(2)...))
	eventually(t, "connected to the new address", func() bool { return connected(newer) == 1 })
}

func TestARemovedPeerIsForgotten(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	hosts["a"].RemovePeer("b")
	if n := len(hosts["a"].Stats().Peers); n != 0 {
		t.Fatalf("%d peers left", n)
	}
	serve(t, hosts["a"], "node", &actor{})
	do(t, hosts["a"], "node", func(env node.Env) { env.Send("b/sink", &Word{}) })
	eventually(t, "unroutable", func() bool { return hosts["a"].Stats().Unroutable == 1 })
}

func TestAnUnregisteredMessageStopsTheHost(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	serve(t, hosts["a"], "node", &actor{})
	do(t, hosts["a"], "node", func(env node.Env) { env.Send("b/sink", &struct{ X int }{}) })
	await(t, "the stop", hosts["a"].Done())
	if err := fmt.Sprint(hosts["a"].Err()); !strings.Contains(err, "a/node to b/sink") {
		t.Fatal(err)
	}
}

func TestMessagesDoNotWaitForAHostThatIsAway(t *testing.T) {
	l := listener(t)
	address := l.Addr().String()
	l.Close()
	a := open(t, live.Config{Name: "a", Peers: map[string]string{"b": address}})
	serve(t, a, "node", &actor{})
	do(t, a, "node", func(env node.Env) {
		for range 10 {
			env.Send("b/sink", &Word{Text: "past"})
		}
	})
	eventually(t, "they are given up", func() bool { return peer(a, "b").Dropped == 10 })
	b := open(t, live.Config{Name: "b", Listen: address})
	received, words := sink()
	serve(t, b, "sink", received)
	eventually(t, "connected", func() bool { return connected(a) == 1 })
	do(t, a, "node", func(env node.Env) { env.Send("b/sink", &Word{Text: "present"}) })
	if w := await(t, "a word", words); w.Text != "present" {
		t.Fatalf("got a word of the %s", w.Text)
	}
}

func TestTheLatestConnectionOfAPeerReplacesTheOneBefore(t *testing.T) {
	b := brisk()
	b.Silence = 2 * patience
	a := open(t, live.Config{
		Name: "a", Bounds: b, Listener: listener(t), Peers: map[string]string{"x": mute(t).Addr().String()},
	})
	older := greeted(t, a)
	greeted(t, a)
	older.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, older); err != nil {
		t.Fatalf("the older connection does not end: %v", err)
	}
}

// greeted connects to a as host x.
func greeted(t *testing.T, a *live.Host) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", a.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.Write(greeting)
	answer := make([]byte, len(preamble)+5)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[len(answer)-1] != 2 {
		t.Fatalf("no welcome: %q, %v", answer, err)
	}
	return conn
}
