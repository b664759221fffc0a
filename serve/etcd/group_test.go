package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
	"go.uber.org/zap"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// group is three hosts of the real stack on loopback.
type group struct {
	t       testing.TB
	members []etcd.Member
	peers   map[string]string // address for other hosts, by name
	dirs    []string
	kernels []*live.Host
	doors   []*etcd.Server
	served  []chan error
}

func newGroup(t testing.TB) *group {
	t.Helper()
	g := &group{t: t, peers: map[string]string{}, kernels: make([]*live.Host, 3), doors: make([]*etcd.Server, 3), served: make([]chan error, 3)}
	var peers, clients []net.Listener
	for i := range 3 {
		name, peer, client := string(rune('a'+i)), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
		peers, clients = append(peers, peer), append(clients, client)
		g.dirs = append(g.dirs, t.TempDir())
		g.peers[name] = peer.Addr().String()
		g.members = append(g.members, etcd.Member{
			Addr: node.Join(name, "kv"), Name: name,
			PeerURLs: []string{"http://" + g.peers[name]}, ClientURLs: []string{"http://" + client.Addr().String()},
		})
	}
	for i := range 3 {
		g.start(i, peers[i], clients[i])
	}
	t.Cleanup(func() {
		for i := range 3 {
			g.stop(i)
		}
	})
	return g
}

func (g *group) start(i int, peer, client net.Listener) {
	g.t.Helper()
	self := g.members[i]
	others := maps.Clone(g.peers)
	delete(others, self.Name)
	g.kernels[i] = must(live.Open(live.Config{Name: self.Name, Dir: g.dirs[i], Listener: peer, Peers: others}))(g.t)
	var voters []node.Addr
	for _, m := range g.members {
		voters = append(voters, m.Addr)
	}
	if err := g.kernels[i].Serve("kv", func() node.Node {
		return rsm.New(raft.New(raft.Config{Members: voters}), kv.New(kv.Options{}), rsm.Config{})
	}); err != nil {
		g.t.Fatal(err)
	}
	g.doors[i] = must(etcd.New(etcd.Hosted(g.kernels[i], "kv"), etcd.Options{Cluster: "test", Self: self.Addr, Members: g.members}))(g.t)
	served := make(chan error, 1)
	g.served[i] = served
	go func() { served <- g.doors[i].Serve(client) }()
}

func (g *group) stop(i int) {
	g.doors[i].Stop()
	if err := errors.Join(<-g.served[i], g.kernels[i].Close()); err != nil {
		g.t.Error(err)
	}
}

// restart closes a host and opens it again on its data.
func (g *group) restart(i int) {
	g.t.Helper()
	g.stop(i)
	g.start(i, listen(g.t, g.peers[g.members[i].Name]), listen(g.t, g.endpoint(i)))
}

// endpoint is where clients reach a host.
func (g *group) endpoint(i int) string {
	return strings.TrimPrefix(g.members[i].ClientURLs[0], "http://")
}

func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	return must(net.Listen("tcp", addr))(t)
}

// client talks to some of the hosts.
func (g *group) client(hosts ...int) *clientv3.Client {
	g.t.Helper()
	var endpoints []string
	for _, i := range hosts {
		endpoints = append(endpoints, g.endpoint(i))
	}
	c := must(clientv3.New(clientv3.Config{Endpoints: endpoints, Logger: zap.NewNop(), DialTimeout: 10 * time.Second}))(g.t)
	g.t.Cleanup(func() { c.Close() })
	return c
}

// leader waits for one and returns its number.
func (g *group) leader(ctx context.Context, c *clientv3.Client) int {
	g.t.Helper()
	for ctx.Err() == nil {
		for i := range g.members {
			s, err := c.Status(ctx, g.endpoint(i))
			if err == nil && s.Leader == s.Header.MemberId {
				return i
			}
		}
	}
	g.t.Fatal("no leader")
	return 0
}

func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestEveryHostServesWhatAnyHostWrote(t *testing.T) {
	g, ctx := newGroup(t), deadline(t)
	for i := range 3 {
		must(g.client(i).Put(ctx, fmt.Sprintf("k%d", i), "v"))(t)
		for j := range 3 {
			r := must(g.client(j).Get(ctx, "k", clientv3.WithPrefix()))(t)
			if int(r.Count) != i+1 {
				t.Fatalf("host %d sees %d keys after a write by host %d", j, r.Count, i)
			}
		}
	}
	hash := map[uint32]bool{}
	for i := range 3 {
		hash[must(g.client(i).HashKV(ctx, g.endpoint(i), 4))(t).Hash] = true
	}
	if len(hash) != 1 {
		t.Fatalf("hashes differ: %v", hash)
	}
}

func TestMutexElectionAndSTMOfTheClient(t *testing.T) {
	g, ctx := newGroup(t), deadline(t)
	const workers, rounds = 6, 5
	held, total := 0, 0
	var running sync.WaitGroup
	for w := range workers {
		c := g.client(w % 3)
		running.Go(func() {
			session := must(concurrency.NewSession(c, concurrency.WithTTL(10)))(t)
			defer session.Close()
			lock := concurrency.NewMutex(session, "lock")
			for range rounds {
				if err := lock.Lock(ctx); err != nil {
					t.Error(err)
					return
				}
				if held++; held != 1 { // the race detector watches, too
					t.Error("two hold the lock")
				}
				total++
				held--
				lock.Unlock(ctx)
				increment(ctx, t, c)
			}
		})
	}
	running.Wait()
	r := must(g.client(0).Get(ctx, "counter"))(t)
	if total != workers*rounds || string(r.Kvs[0].Value) != fmt.Sprint(workers*rounds) {
		t.Fatalf("%d critical sections, counter %s", total, r.Kvs[0].Value)
	}
	elect(ctx, t, g)
}

func increment(ctx context.Context, t *testing.T, c *clientv3.Client) {
	_, err := concurrency.NewSTM(c, func(s concurrency.STM) error {
		n := 0
		fmt.Sscan(s.Get("counter"), &n)
		s.Put("counter", fmt.Sprint(n+1))
		return nil
	}, concurrency.WithAbortContext(ctx))
	if err != nil {
		t.Error(err)
	}
}

func elect(ctx context.Context, t *testing.T, g *group) {
	first := must(concurrency.NewSession(g.client(0)))(t)
	second := must(concurrency.NewSession(g.client(1)))(t)
	one, two := concurrency.NewElection(first, "election"), concurrency.NewElection(second, "election")
	if err := one.Campaign(ctx, "one"); err != nil {
		t.Fatal(err)
	}
	won := make(chan error, 1)
	go func() { won <- two.Campaign(ctx, "two") }()
	first.Close() // its lease is revoked, and with it the leadership
	if err := <-won; err != nil {
		t.Fatal(err)
	}
	if r := must(two.Leader(ctx))(t); string(r.Kvs[0].Value) != "two" {
		t.Fatalf("%s leads", r.Kvs[0].Value)
	}
}

func TestLeasesAndWatchesSurviveChangesOfLeader(t *testing.T) {
	g, ctx := newGroup(t), deadline(t)
	c := g.client(0, 1, 2)
	kept, left := must(c.Grant(ctx, 3))(t), must(c.Grant(ctx, 3))(t)
	must(c.Put(ctx, "kept", "", clientv3.WithLease(kept.ID)))(t)
	must(c.Put(ctx, "left", "", clientv3.WithLease(left.ID)))(t)
	renewals := must(c.KeepAlive(ctx, kept.ID))(t)
	watch := c.Watch(ctx, "n", clientv3.WithRev(1))
	expired := c.Watch(ctx, "left")
	for round := range 3 {
		leader := g.leader(ctx, c)
		target := must(c.Status(ctx, g.endpoint((leader+1)%3)))(t)
		mover := g.client(leader)
		if round == 1 {
			g.restart(leader)
		} else {
			must(mover.MoveLeader(ctx, target.Header.MemberId))(t)
		}
		for {
			if _, err := c.Put(ctx, "n", fmt.Sprint(round)); err == nil {
				break
			} else if ctx.Err() != nil {
				t.Fatal(err)
			}
		}
		<-renewals
	}
	last := ""
	for last != "n=2" {
		for _, e := range take(t, watch, 1) {
			if e < last {
				t.Fatalf("%s after %s", e, last)
			}
			last = e
		}
	}
	for r := range expired {
		if len(r.Events) == 1 && r.Events[0].Type == clientv3.EventTypeDelete {
			break
		}
		if ctx.Err() != nil {
			t.Fatal("a lease that nobody renews does not expire")
		}
	}
	if r := must(c.Get(ctx, "kept"))(t); r.Count != 1 {
		t.Fatal("a lease that is renewed expired")
	}
}

func TestMembersLeaveAndComeBack(t *testing.T) {
	g, ctx := newGroup(t), deadline(t)
	c := g.client(0, 1, 2)
	leader := g.leader(ctx, c)
	gone := (leader + 1) % 3
	c = g.client(leader)
	list := func() int { return len(must(c.MemberList(ctx))(t).Members) }
	if n := list(); n != 3 {
		t.Fatalf("%d members", n)
	}
	must(c.Put(ctx, "k", "1"))(t)
	id := must(c.Status(ctx, g.endpoint(gone)))(t).Header.MemberId
	must(c.MemberRemove(ctx, id))(t)
	if n := list(); n != 2 {
		t.Fatalf("%d members after one was removed", n)
	}
	must(c.Put(ctx, "k", "2"))(t)
	added := must(c.MemberAddAsLearner(ctx, []string{g.members[gone].PeerURLs[0]}))(t)
	if added.Member.ID != id || !added.Member.IsLearner {
		t.Fatalf("%+v", added.Member)
	}
	for { // until it has caught up
		_, err := c.MemberPromote(ctx, id)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	if n := list(); n != 3 {
		t.Fatalf("%d members", n)
	}
	if r := must(g.client(gone).Get(ctx, "k", clientv3.WithSerializable()))(t); string(r.Kvs[0].Value) != "2" {
		t.Fatalf("the member that came back has %s", r.Kvs[0].Value)
	}
}
