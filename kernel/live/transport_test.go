package live_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
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

func TestAWrongClusterIsRefusedWithBothNames(t *testing.T) {
	j := &journal{}
	a := open(t, live.Config{Name: "a", Cluster: "blue", Listener: listener(t), Logger: j.logger()})
	b := open(t, live.Config{Name: "b", Cluster: "green", Peers: map[string]string{"a": a.Addr()}})
	eventually(t, "b is told", func() bool {
		e := peer(b, "a").LastError
		return strings.Contains(e, "refused") && strings.Contains(e, "blue") && strings.Contains(e, "green")
	})
	eventually(t, "a logs it", func() bool { return j.has("connection refused", "blue", "green") })
}

func TestAWrongHostIsRefused(t *testing.T) {
	a := open(t, live.Config{Name: "a", Listener: listener(t)})
	b := open(t, live.Config{Name: "b", Peers: map[string]string{"c": a.Addr()}})
	eventually(t, "b is told", func() bool {
		return strings.Contains(peer(b, "c").LastError, "this is host a")
	})
}

// stranger connects to h and writes b; it returns what it was sent until the
// connection was closed.
func stranger(t *testing.T, h *live.Host, b []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", h.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	conn.Write(b)
	answer, err := io.ReadAll(conn)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Fatal("the connection stays open")
	}
	return answer
}

func text(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }

func frame(kind byte, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(all)+1)), kind), all...)
}

var (
	preamble   = []byte("parley\x00\x01")
	greeting   = append(bytes.Clone(preamble), frame(1, text(""), text("x"), text("a"))...)
	tooLarge   = binary.LittleEndian.AppendUint32(nil, 1<<30)
	incomplete = frame(4, text("node"), text("node"), []byte("no such type"))
)

func TestGarbageIsLoggedClosedAndHarmless(t *testing.T) {
	j := &journal{}
	hosts := cluster(t, live.Config{Logger: j.logger()}, "a", "b")
	serve(t, hosts["b"], "echo", echo())
	node_, words := sink()
	serve(t, hosts["a"], "node", node_)
	for want, b := range map[string][]byte{
		"GET / HT":              []byte("GET / HTTP/1.1\r\n\r\n"),
		"speaks TLS":            {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01},
		"version 513":           []byte("parley\x02\x01"),
		"in place of a hello":   append(bytes.Clone(preamble), frame(5, []byte("12345678"))...),
		"frame of 1073741823":   append(append(bytes.Clone(preamble), tooLarge...), 1),
		"kind 77":               append(bytes.Clone(preamble), frame(77)...),
		"another host a":        append(bytes.Clone(preamble), frame(1, text(""), text("a"), text("a"))...),
		"host name":             append(bytes.Clone(preamble), frame(1, text(""), text("x/y"), text("a"))...),
		"malformed frame in pl": append(bytes.Clone(preamble), frame(1, text(""), []byte{200})...),
	} {
		stranger(t, hosts["a"], b)
		eventually(t, "a line with "+want, func() bool { return j.has("connection refused", want) })
	}
	do(t, hosts["a"], "node", func(env node.Env) { env.Send("b/echo", &Word{}) })
	await(t, "an echo after all that", words)
}

func TestAnOversizedFrameAfterTheHandshakeEndsTheConnection(t *testing.T) {
	j := &journal{}
	a := open(t, live.Config{Name: "a", Listener: listener(t), Logger: j.logger()})
	stranger(t, a, append(append(bytes.Clone(greeting), tooLarge...), 4))
	eventually(t, "the reason", func() bool { return j.has("guest left", "exceeds the limit") })
}

func TestAnUndecodableMessageIsDroppedAndTheConnectionStays(t *testing.T) {
	j := &journal{}
	a := open(t, live.Config{Name: "a", Listener: listener(t), Logger: j.logger()})
	serve(t, a, "node", &actor{})
	conn, err := net.Dial("tcp", a.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write(append(bytes.Clone(greeting), incomplete...))
	eventually(t, "the complaint", func() bool { return j.has("message dropped", "x/node") })
	if n := a.Stats().Undecodable; n != 1 {
		t.Fatalf("%d undecodable messages counted", n)
	}
	conn.Write(frame(5, []byte("12345678")))
	answer := make([]byte, 1000)
	conn.SetDeadline(time.Now().Add(patience))
	if n, err := io.ReadAtLeast(conn, answer, len(preamble)+5+13); err != nil || !bytes.Contains(answer[:n], []byte("12345678")) {
		t.Fatalf("no answer to a ping: %q, %v", answer[:n], err)
	}
}

func TestAHandshakeThatStallsIsCutOff(t *testing.T) {
	j := &journal{}
	b := brisk()
	b.Dial = 20 * time.Millisecond
	a := open(t, live.Config{Name: "a", Listener: listener(t), Logger: j.logger(), Bounds: b})
	stranger(t, a, []byte("parl"))
	eventually(t, "the reason", func() bool { return j.has("connection refused", "i/o timeout") })
}

func TestAMessageTooLargeIsDroppedByItsSender(t *testing.T) {
	j := &journal{}
	b := brisk()
	b.Frame = 1000
	hosts := cluster(t, live.Config{Bounds: b, Logger: j.logger()}, "a", "b")
	received, words := sink()
	serve(t, hosts["b"], "sink", received)
	serve(t, hosts["a"], "node", &actor{})
	do(t, hosts["a"], "node", func(env node.Env) {
		env.Send("b/sink", &Word{Text: "too large", Bulk: make([]byte, 2000)})
		env.Send("b/sink", &Word{Text: "fits"})
	})
	if w := await(t, "the word that fits", words); w.Text != "fits" {
		t.Fatalf("got %q", w.Text)
	}
	if !j.has("message dropped", "exceeds the limit of 1000") || peer(hosts["a"], "b").Dropped != 1 {
		t.Fatal(j)
	}
}

func TestLargeMessagesArriveWhole(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	received, words := sink()
	serve(t, hosts["b"], "sink", received)
	serve(t, hosts["a"], "node", &actor{})
	bulk := make([]byte, 5<<20)
	for i := range bulk {
		bulk[i] = byte(i * i >> 8)
	}
	do(t, hosts["a"], "node", func(env node.Env) {
		for _, size := range []int{0, 60 << 10, 70 << 10, len(bulk), 1} {
			env.Send("b/sink", &Word{Bulk: bulk[:size]})
		}
	})
	for _, size := range []int{0, 60 << 10, 70 << 10, len(bulk), 1} {
		if w := await(t, "a large word", words); !bytes.Equal(w.Bulk, bulk[:size]) {
			t.Fatalf("a word of %d bytes came with %d, or changed", size, len(w.Bulk))
		}
	}
}

// mute accepts connections, welcomes, and then reads nothing more.
func mute(t *testing.T) net.Listener {
	l := listener(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Write(append(bytes.Clone(preamble), frame(2)...))
			t.Cleanup(func() { conn.Close() })
		}
	}()
	t.Cleanup(func() { l.Close() })
	return l
}

func TestAStalledPeerCostsBoundedMemoryAndIsGivenUp(t *testing.T) {
	b := brisk()
	b.PeerMessages, b.PeerBytes, b.Silence = 1000, 1<<20, 200*time.Millisecond
	a := open(t, live.Config{Name: "a", Bounds: b, Disk: disk.NewFaulty(), Peers: map[string]string{"b": mute(t).Addr().String()}})
	serve(t, a, "node", &actor{})
	eventually(t, "connected", func() bool { return connected(a) == 1 })
	word := &Word{Bulk: make([]byte, 64<<10)}
	longest := 0
	eventually(t, "drops, and the end of the connection", func() bool {
		do(t, a, "node", func(env node.Env) {
			for range 200 {
				env.Send("b/sink", word)
			}
		})
		p := peer(a, "b")
		longest = max(longest, p.Queue)
		return p.Dropped > 0 && p.Connects > 1
	})
	if limit := 64 + (1<<20)/(64<<10); longest > limit {
		t.Fatalf("%d messages of 64 KiB waited, want at most %d", longest, limit)
	}
}

func TestAPeerThatFallsSilentIsNoticed(t *testing.T) {
	a := open(t, live.Config{Name: "a", Disk: disk.NewFaulty(), Peers: map[string]string{"b": mute(t).Addr().String()}})
	eventually(t, "a new attempt", func() bool { return peer(a, "b").Connects > 1 })
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
