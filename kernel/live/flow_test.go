package live_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

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
	b := brisk()
	b.Silence = 200 * time.Millisecond
	a := open(t, live.Config{
		Name: "a", Bounds: b, Disk: disk.NewFaulty(), Peers: map[string]string{"b": mute(t).Addr().String()},
	})
	eventually(t, "a new attempt", func() bool { return peer(a, "b").Connects > 1 })
}

func TestAQueueIsBoundedByItsLength(t *testing.T) {
	b := brisk()
	b.PeerMessages, b.Dial = 100, patience
	l := listener(t) // the system accepts for it, and nobody answers
	defer l.Close()
	a := open(t, live.Config{Name: "a", Bounds: b, Peers: map[string]string{"b": l.Addr().String()}})
	serve(t, a, "node", &actor{})
	do(t, a, "node", func(env node.Env) {
		for range 150 {
			env.Send("b/sink", &Word{})
		}
	})
	eventually(t, "fifty too many", func() bool { return peer(a, "b").Dropped == 50 })
	if p := peer(a, "b"); p.Queue != 100 || p.State != live.Connecting {
		t.Fatalf("%+v", p)
	}
}

// slowLine forwards connections to address, a few bytes at each tick.
func slowLine(t *testing.T, address string, bytes int, tick time.Duration) string {
	t.Helper()
	l := listener(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", address)
			if err != nil {
				from.Close()
				return
			}
			go pipe(from, to, func(r io.Reader) error { _, err := io.Copy(from, r); return err })
			go pipe(to, from, func(r io.Reader) error { return drip(to, r, bytes, tick) })
		}
	}()
	return l.Addr().String()
}

func pipe(to, from net.Conn, forward func(io.Reader) error) {
	forward(from)
	to.Close()
	from.Close()
}

func drip(w io.Writer, r io.Reader, bytes int, tick time.Duration) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for range ticker.C {
		if _, err := io.CopyN(w, r, int64(bytes)); err != nil {
			return err
		}
	}
	return nil
}

// On a machine that leaves this process alone for seconds a connection may break all
// the same: then it is tried again, with more patience and a slower line.
func TestALongMessageOverASlowLineKeepsTheConnection(t *testing.T) {
	t.Parallel()
	if !longMessageArrives(t, 3*time.Second, 25*time.Millisecond) && !longMessageArrives(t, 10*time.Second, 60*time.Millisecond) {
		t.Fatal("the connection broke, twice")
	}
}

// longMessageArrives sends what takes several times silence on a line that carries
// 16 KiB a tick. Sockets may take in all of it at once: pings wait behind it there.
func longMessageArrives(t *testing.T, silence, tick time.Duration) bool {
	b := live.Bounds{Ping: 20 * time.Millisecond, Silence: silence}
	la := listener(t)
	server := open(t, live.Config{
		Name: "b", Listener: listener(t), Bounds: b, Peers: map[string]string{"a": la.Addr().String()},
	})
	received, words := sink()
	serve(t, server, "sink", received)
	a := open(t, live.Config{
		Name: "a", Bounds: b, Listener: la, Peers: map[string]string{"b": slowLine(t, server.Addr(), 16<<10, tick)},
	})
	serve(t, a, "node", &actor{})
	eventually(t, "connected", func() bool { return connected(a) == 1 })
	do(t, a, "node", func(env node.Env) { env.Send("b/sink", &Word{Bulk: make([]byte, 8<<20)}) })
	eventually(t, "the long word, or a broken connection", func() bool {
		return len(words) == 1 || peer(a, "b").Connects != 1 || connected(a) != 1
	})
	arrived := len(words) == 1
	if !arrived {
		t.Logf("silence of %v: the connection broke: %+v", silence, peer(a, "b"))
	}
	return arrived && a.Close() == nil && server.Close() == nil
}
