package pbft_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// BenchmarkLive has four hosts, in this process and on real sockets and disks, execute
// requests of 256 bytes: those of gateways, one request each at a time and a tag for
// each replica on each, and those of a door of a replica of package rsm.
func BenchmarkLive(b *testing.B) {
	b.Run("gateways=200", func(b *testing.B) { benchGateways(b, 200) })
	b.Run("door=1000", func(b *testing.B) { benchDoor(b, 1000) })
}

func identity(a node.Addr) []byte {
	d := sha256.Sum256([]byte(a))
	return d[:]
}

// group listens for some hosts and tells each of the others.
func listen(b *testing.B, names ...string) (listeners map[string]net.Listener, peers func(string) map[string]string) {
	listeners = map[string]net.Listener{}
	for _, h := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		listeners[h] = l
	}
	return listeners, func(self string) map[string]string {
		others := map[string]string{}
		for h, l := range listeners {
			if h != self {
				others[h] = l.Addr().String()
			}
		}
		return others
	}
}

func open(b *testing.B, h string, l net.Listener, peers map[string]string) *live.Host {
	host, err := live.Open(live.Config{Name: h, Dir: b.TempDir(), Listener: l, Peers: peers})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { host.Close() })
	return host
}

var hosts = []string{"a", "b", "c", "d"}

func addrs() (all []node.Addr) {
	for _, h := range hosts {
		all = append(all, node.Join(h, "pbft"))
	}
	return all
}

// customer is a gateway that always has a request under way.
type customer struct {
	cfg     pbft.GatewayConfig
	gateway *pbft.Gateway
	done    *atomic.Int64
	stop    *atomic.Bool
	op      []byte
}

func (c *customer) Start(env node.Env) {
	c.gateway = pbft.NewGateway(env, c.cfg)
	c.next(nil, nil)
}

func (c *customer) next([]byte, error) {
	c.done.Add(1)
	if !c.stop.Load() {
		c.gateway.Invoke(c.op, c.next)
	}
}

func (c *customer) Receive(from node.Addr, m node.Message) { c.gateway.Receive(from, m) }

func benchGateways(b *testing.B, clients int) {
	keys := map[node.Addr]ed25519.PublicKey{}
	all := addrs()
	for i := range clients {
		all = append(all, node.Join("x", fmt.Sprint("c", i)))
	}
	for _, a := range all {
		keys[a] = ed25519.NewKeyFromSeed(identity(a)).Public().(ed25519.PublicKey)
	}
	listeners, peers := listen(b, append([]string{"x"}, hosts...)...)
	for _, h := range hosts {
		a := node.Join(h, "pbft")
		serve(b, open(b, h, listeners[h], peers(h)), "pbft", func() node.Node {
			return pbft.NewReplica(pbft.Config{Members: addrs(), Identity: identity(a), Keys: keys}, sink{})
		})
	}
	var done atomic.Int64
	var stop atomic.Bool
	host := open(b, "x", listeners["x"], peers("x"))
	for i := range clients {
		name := fmt.Sprint("c", i)
		cfg := pbft.GatewayConfig{Members: addrs(), Identity: identity(node.Join("x", name)), Keys: keys}
		serve(b, host, name, func() node.Node {
			return &customer{cfg: cfg, done: &done, stop: &stop, op: make([]byte, 256)}
		})
	}
	measure(b, &done)
	stop.Store(true)
}

func serve(b *testing.B, h *live.Host, name string, make func() node.Node) {
	if err := h.Serve(name, make); err != nil {
		b.Fatal(err)
	}
}

// measure lets b.N requests pass, after a first thousand.
func measure(b *testing.B, done *atomic.Int64) {
	b.Helper()
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	await := func(n int64) {
		for last, stalled := done.Load(), 0; done.Load() < n; stalled++ {
			if now := done.Load(); now != last {
				last, stalled = now, 0
			}
			if stalled > 20_000 {
				b.Fatalf("no request was executed for 20,000 ticks, after %d", last)
			}
			<-ticks.C
		}
	}
	await(1000)
	from := done.Load()
	b.ResetTimer()
	await(from + int64(b.N))
	b.ReportMetric(float64(done.Load()-from)/b.Elapsed().Seconds(), "requests/s")
}

func benchDoor(b *testing.B, outstanding int) {
	listeners, peers := listen(b, hosts...)
	var first *live.Host
	for _, h := range hosts {
		host := open(b, h, listeners[h], peers(h))
		serve(b, host, "pbft", func() node.Node {
			return rsm.New(pbft.New(pbft.Config{Members: addrs()}), sink{}, rsm.Config{})
		})
		if first == nil {
			first = host
		}
	}
	var done atomic.Int64
	command := make([]byte, 256)
	err := first.Do("pbft", func(n node.Node) {
		r := n.(*rsm.Replica)
		var next func([]byte, error)
		next = func([]byte, error) { done.Add(1); r.Propose(command, next) }
		for range outstanding {
			r.Propose(command, next)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	measure(b, &done)
}

// sink executes nothing.
type sink struct{}

func (sink) Apply(rsm.Index, []byte) []byte { return []byte("done") }
func (sink) Query(any) any                  { return nil }
func (sink) Capture() rsm.Capture           { return empty{} }
func (sink) Restore(io.Reader) error        { return nil }
func (sink) Digest() uint64                 { return 0 }

type empty struct{}

func (empty) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (empty) Release()                         {}
