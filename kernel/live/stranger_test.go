package live_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

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

func TestAMessageDoesNotWaitForTheOneBehindIt(t *testing.T) {
	a := open(t, live.Config{Name: "a", Listener: listener(t)})
	received, words := sink()
	serve(t, a, "node", received)
	conn := greeted(t, a)
	encoded, err := wire.Marshal(&Word{Text: "whole"})
	if err != nil {
		t.Fatal(err)
	}
	whole := frame(4, text("node"), text("node"), encoded)
	conn.Write(append(bytes.Clone(whole), whole[:len(whole)-1]...))
	if w := await(t, "the whole message", words); w.Text != "whole" {
		t.Fatalf("got %q", w.Text)
	}
}
