package host_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/serve/host"
)

// The frames of kernel/live, written by hand (kernel/live/frame.go has the layout).
const (
	helloFrame   = 1
	welcomeFrame = 2
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

// dial connects to a host's peer port, to speak TLS there if it is given a configuration:
// the handshake comes with the first word.
func dial(address string, within *tls.Config) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(patience)) // a TCP connection has deadlines
	if within == nil {
		return conn, nil
	}
	return tls.Client(conn, within), nil
}

// shout writes words to a host's peer port, until it hangs up or, once it has them, a
// moment is over.
func shout(address string, within *tls.Config, words []byte) error {
	conn, err := dial(address, within)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(words); err == nil {
		_ = conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
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

// speaker is somebody at the peer port of a host.
type speaker struct {
	within  *tls.Config // nil for who does not speak TLS
	named   string      // in the introduction; "" for who says nothing of the kind
	every   int         // of so many words one
	welcome bool        // once it has introduced itself
}

// speakers are all kinds of them, beginning with who is believed: a member of the
// cluster, and a guest with credentials of the cluster's authority.
func (c *cluster) speakers(member, to string) []speaker {
	c.t.Helper()
	elsewhere, err := live.NewAuthority("elsewhere", time.Hour)
	if err != nil {
		c.t.Fatal(err)
	}
	forged, err := elsewhere.Credentials(member, time.Hour)
	if err != nil {
		c.t.Fatal(err)
	}
	forged.Authority = c.credentials(to).Authority // it believes us, we not it
	host, guest := dialling(c.credentials(member), to), dialling(c.credentials("guest"), to)
	return []speaker{
		{host, member, 1, true}, {guest, "guest", 4, true},
		{host, "", 16, false}, {guest, member, 16, false}, {dialling(forged, to), member, 16, false},
		{nil, member, 16, false}, {nil, "", 16, false},
	}
}

// TestFramesThatNoHostWritesStopNobody: from who has the credentials of a member, or of
// a guest, before and after an introduction, and from who has none or another's. They are
// dropped, with the connection that brought them.
func TestFramesThatNoHostWritesStopNobody(t *testing.T) {
	for _, engine := range host.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			ca, err := live.NewAuthority("test", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			c := newClusterOf(t, engine, ca)
			c.works("before")
			random := rand.New(rand.NewPCG(4, 0))
			before := c.leadership()
			to := []host.Member{c.members[0], c.members[len(c.members)-1]}
			if testing.Short() {
				to = to[:1]
			}
			for _, m := range to {
				for _, s := range c.speakers(c.members[1].Name, m.Name) {
					c.hear(s, m, garbled(random))
				}
			}
			c.works("after")
			c.unhurt()
			if after := c.leadership(); after != before {
				t.Logf("%s was led by %+v, and now by %+v: connections were taken from its leader", engine, before, after)
			}
		})
	}
}

// atOnce is how many talk to a host at a time: it lets only so many be in their handshake.
const atOnce = 16

// hear has somebody say one of so many words to a host, each on a connection of its own.
func (c *cluster) hear(s speaker, to host.Member, words [][]byte) {
	c.t.Helper()
	if s.welcome {
		c.await(fmt.Sprintf("host %s welcomes %s", to.Name, s.named), func(context.Context) error { return s.greet(to) })
	} else if s.named != "" && s.greet(to) == nil {
		c.t.Errorf("host %s welcomes who says that he is %s", to.Name, s.named)
	}
	var all sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i := 0; i < len(words); i += s.every {
		b := words[i]
		if s.named != "" {
			b = append(introduced(s.named, to.Name), b...)
		}
		places <- struct{}{}
		all.Go(func() {
			if err := shout(to.Peer, s.within, b); err != nil {
				c.t.Errorf("host %s takes no more connections: %v", to.Name, err)
			}
			<-places
		})
	}
	all.Wait()
}

// greet says the introduction and nothing else, and wants to be welcome.
func (s speaker) greet(to host.Member) error {
	conn, err := dial(to.Peer, s.within)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(introduced(s.named, to.Name)); err != nil {
		return err
	}
	var answer [8 + 4 + 1]byte // the preamble, the length of a frame, its kind
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[12] != welcomeFrame {
		return fmt.Errorf("the answer is of kind %d", answer[12])
	}
	return nil
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
		if err := shout(m.Peer, nil, append(introduced("guest", m.Name), frame(messageFrame, text(service), text("x"), message)...)); err != nil {
			t.Fatal(err)
		}
		c.unhurt()
		c.works(fmt.Sprintf("%x", len(message)))
	})
}
