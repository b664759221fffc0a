package etcd_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
	"go.uber.org/zap"

	"github.com/parleysystems/parley/serve/host"
)

// group is three hosts of the real stack on loopback.
type group struct {
	t       testing.TB
	configs []host.Config
	hosts   []*host.Host
}

func newGroup(t testing.TB) *group {
	t.Helper()
	g := &group{t: t, configs: make([]host.Config, 3), hosts: make([]*host.Host, 3)}
	var members []host.Member
	for i := range g.configs {
		c := &g.configs[i]
		c.Cluster, c.Name, c.Dir = "test", string(rune('a'+i)), t.TempDir()
		c.Peer, c.Client = listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
		members = append(members, host.Member{Name: c.Name, Peer: c.Peer.Addr().String(), Client: c.Client.Addr().String()})
	}
	for i := range g.configs {
		g.configs[i].Members = members
		g.start(i)
	}
	t.Cleanup(func() {
		for _, h := range g.hosts {
			h.Close()
		}
	})
	return g
}

func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	return must(net.Listen("tcp", addr))(t)
}

func (g *group) start(i int) {
	g.t.Helper()
	g.hosts[i] = must(host.Open(g.configs[i]))(g.t)
}

// restart closes a host and opens it again on its data.
func (g *group) restart(i int) {
	g.t.Helper()
	if err := g.hosts[i].Close(); err != nil {
		g.t.Fatal(err)
	}
	c := &g.configs[i]
	c.Peer, c.Client = listen(g.t, c.Members[i].Peer), listen(g.t, c.Members[i].Client)
	g.start(i)
}

// client talks to some of the hosts.
func (g *group) client(hosts ...int) *clientv3.Client {
	g.t.Helper()
	var endpoints []string
	for _, i := range hosts {
		endpoints = append(endpoints, g.configs[0].Members[i].Client)
	}
	c := must(clientv3.New(clientv3.Config{Endpoints: endpoints, Logger: zap.NewNop(), DialTimeout: 10 * time.Second}))(g.t)
	g.t.Cleanup(func() { c.Close() })
	return c
}

// leader waits for one and returns its number.
func (g *group) leader(ctx context.Context, c *clientv3.Client) int {
	g.t.Helper()
	for ctx.Err() == nil {
		for i, m := range g.configs[0].Members {
			s, err := c.Status(ctx, m.Client)
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
		hash[must(g.client(i).HashKV(ctx, g.configs[0].Members[i].Client, 4))(t).Hash] = true
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
		target := must(c.Status(ctx, g.configs[0].Members[(leader+1)%3].Client))(t)
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
	id := must(c.Status(ctx, g.configs[0].Members[gone].Client))(t).Header.MemberId
	must(c.MemberRemove(ctx, id))(t)
	if n := list(); n != 2 {
		t.Fatalf("%d members after one was removed", n)
	}
	must(c.Put(ctx, "k", "2"))(t)
	added := must(c.MemberAddAsLearner(ctx, []string{"http://" + g.configs[0].Members[gone].Peer}))(t)
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
