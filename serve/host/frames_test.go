package host_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/serve/host"
)

// The frames of kernel/live, written by hand (kernel/live/frame.go has the layout).
const (
	helloFrame   = 1
	messageFrame = 4
)

func text(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }

func frame(kind byte, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(all)+1)), kind), all...)
}

// introduced begins a connection of one host to another.
func introduced(from, to string) []byte {
	return append([]byte("parley\x00\x01"), frame(helloFrame, text("test"), text(from), text(to))...)
}

// shout writes words to a host's peer port, until it hangs up or a moment is over.
func shout(address string, words []byte) error {
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(50 * time.Millisecond)) // a TCP connection has deadlines
	if _, err := conn.Write(words); err == nil {
		_, _ = io.Copy(io.Discard, conn) // that it ends, one way or the other, is all
	}
	return nil
}

// garbled are frames that no host writes: no type has that number, a message that
// breaks off, bytes behind its end, no frame at all.
func garbled(random *rand.Rand) (all [][]byte) {
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	for _, service := range append(services, "", "store#1", "nobody") {
		to, from := text(service), text("store")
		for _, name := range []string{"raft.AppendEntries", "multipaxos.Accept", "vr.Prepare", "pbft.PrePrepare", "rsm.Request"} {
			b, err := wire.Marshal(wire.New(name))
			if err != nil {
				panic(err)
			}
			all = append(all, frame(messageFrame, to, from, b[:len(b)/2]), frame(messageFrame, to, from, b, noise(20)))
		}
		all = append(all, frame(messageFrame, to, from, noise(100)), frame(messageFrame, to, from), frame(messageFrame, to))
	}
	return append(all, frame(99, noise(10)), noise(5000), binary.LittleEndian.AppendUint32(nil, 1<<31))
}

// TestFramesThatNoHostWritesStopNobody: a member's own connection, without and
// after its introduction. They are dropped, with the connection that brought them.
func TestFramesThatNoHostWritesStopNobody(t *testing.T) {
	for _, engine := range host.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, engine)
			c.works("before")
			random := rand.New(rand.NewPCG(4, 0))
			before := c.leadership()
			var all sync.WaitGroup
			for _, m := range c.members[1:] {
				for _, words := range garbled(random) {
					for _, b := range [][]byte{words, append(introduced(c.members[0].Name, m.Name), words...)} {
						all.Go(func() {
							if err := shout(m.Peer, b); err != nil {
								t.Errorf("host %s takes no more connections: %v", m.Name, err)
							}
						})
					}
				}
				all.Wait()
			}
			c.works("after")
			c.unhurt()
			if after := c.leadership(); after != before {
				t.Logf("%s: it was led by %s, and now by %s: connections were taken from its leader", engine, before, after)
			}
		})
	}
}

// FuzzPeerPort sends what it likes to a host's services, as a guest with a name of
// its own, which is what a client's credentials allow.
func FuzzPeerPort(f *testing.F) {
	var clusters []*cluster
	for i, engine := range host.Engines() {
		c := newCluster(f, engine)
		f.Cleanup(func() { c.t = f })
		clusters = append(clusters, c)
		for _, name := range []string{"raft.RequestVote", "vr.StartViewChange", "pbft.NewView", "rsm.Commands", "rsm.Request", "primarybackup.Ping", "roll.Greeting"} {
			b, err := wire.Marshal(wire.New(name))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), "store", b)
		}
		f.Add(uint8(i), "views", []byte(engine))
	}
	f.Fuzz(func(t *testing.T, engine uint8, service string, message []byte) {
		c := clusters[int(engine)%len(clusters)]
		c.t = t
		m := c.members[0]
		if err := shout(m.Peer, append(introduced("guest", m.Name), frame(messageFrame, text(service), text("x"), message)...)); err != nil {
			t.Fatal(err)
		}
		c.unhurt()
		c.works(fmt.Sprintf("%x", len(message)))
	})
}
