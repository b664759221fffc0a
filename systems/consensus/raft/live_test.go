package raft_test

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// openLive opens n hosts on loopback, with a server each.
func openLive(tb testing.TB, n int, machine func() rsm.StateMachine) []*live.Host {
	tb.Helper()
	listen := map[string]string{}
	for _, name := range names(n) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		listen[name] = l.Addr().String()
		l.Close()
	}
	var hosts []*live.Host
	for _, name := range names(n) {
		peers := map[string]string{}
		for other, at := range listen {
			if other != name {
				peers[other] = at
			}
		}
		h, err := live.Open(live.Config{Name: name, Dir: tb.TempDir(), Listen: listen[name], Peers: peers})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { h.Close() })
		cfg := raft.Config{Members: addrs(names(n)...)}
		if err := h.Serve("raft", func() node.Node { return rsm.New(raft.New(cfg), machine(), rsm.Config{}) }); err != nil {
			tb.Fatal(err)
		}
		hosts = append(hosts, h)
	}
	return hosts
}

// put proposes a command and waits for its outcome.
func put(h *live.Host, command []byte) error {
	outcome := make(chan error, 1)
	if err := h.Do("raft", func(n node.Node) {
		n.(*rsm.Replica).Propose(command, func(_ []byte, err error) { outcome <- err })
	}); err != nil {
		return err
	}
	return <-outcome
}

// The same servers that the simulator runs agree over sockets and files.
func TestLiveServersAgree(t *testing.T) {
	hosts := openLive(t, 3, func() rsm.StateMachine { return &journal{} })
	var callers sync.WaitGroup
	for i := range 30 {
		callers.Go(func() {
			if err := put(hosts[i%3], fmt.Appendf(nil, "x%d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	read := make(chan int, 3)
	for _, h := range hosts {
		h.Do("raft", func(n node.Node) {
			r := n.(*rsm.Replica)
			r.Read(rsm.Linearizable, func(err error) { read <- len(r.Query(nil).([][]byte)) })
		})
	}
	for range hosts {
		if n := <-read; n != 30 {
			t.Errorf("a linearizable read finds %d commands of 30", n)
		}
	}
}

// BenchmarkLive has callers at the leader put values of 256 bytes, and read at
// the leader, over three hosts with disks on this machine.
func BenchmarkLive(b *testing.B) {
	for _, callers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("put/callers=%d", callers), func(b *testing.B) {
			value := make([]byte, 264)
			callLive(b, callers, func(h *live.Host) error { return put(h, value) })
		})
	}
	for _, level := range []rsm.Level{rsm.Linearizable, rsm.Lease} {
		b.Run(fmt.Sprintf("read/%v/callers=1000", level), func(b *testing.B) {
			callLive(b, 1000, func(h *live.Host) error {
				outcome := make(chan error, 1)
				if err := h.Do("raft", func(n node.Node) {
					n.(*rsm.Replica).Read(level, func(err error) { outcome <- err })
				}); err != nil {
					return err
				}
				return <-outcome
			})
		})
	}
}

func callLive(b *testing.B, callers int, call func(*live.Host) error) {
	hosts := openLive(b, 3, func() rsm.StateMachine { return &sink{} })
	leader := liveLeader(b, hosts)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(leader); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// liveLeader waits until somebody leads, and returns who does.
func liveLeader(tb testing.TB, hosts []*live.Host) *live.Host {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if err := put(hosts[0], []byte("hello")); err != nil {
			continue
		}
		for _, h := range hosts {
			leads := make(chan bool, 1)
			h.Do("raft", func(n node.Node) { leads <- n.(*rsm.Replica).Leading() })
			if <-leads {
				return h
			}
		}
	}
	tb.Fatal("no leader")
	return nil
}
