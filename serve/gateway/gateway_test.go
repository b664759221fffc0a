package gateway_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/parleysystems/parley/serve/gateway"
	"github.com/parleysystems/parley/serve/host"
)

// patience is for a loaded machine under the race detector.
const patience = time.Minute

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// group is four hosts of a cluster.
type group struct {
	members []host.Member
	hosts   []*host.Host
}

func newGroup(t *testing.T, engine string) *group {
	t.Helper()
	g := &group{}
	var peers, clients []net.Listener
	for i := range 4 {
		peers, clients = append(peers, listener(t)), append(clients, listener(t))
		g.members = append(g.members, host.Member{
			Name: string(rune('a' + i)), Peer: peers[i].Addr().String(), Client: clients[i].Addr().String(),
		})
	}
	for i, m := range g.members {
		h, err := host.Open(host.Config{
			Cluster: "test", Name: m.Name, Dir: t.TempDir(), Engine: engine, Members: g.members, Peer: peers[i], Client: clients[i],
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close() })
		g.hosts = append(g.hosts, h)
	}
	return g
}

func (g *group) gateway(t *testing.T, dir string) (*gateway.Gateway, *clientv3.Client) {
	t.Helper()
	l := listener(t)
	w, err := gateway.Open(gateway.Config{Cluster: "test", Name: "me", Dir: dir, Members: g.members, Client: l})
	if err != nil {
		t.Fatal(err)
	}
	return w, client(t, l.Addr().String())
}

func client(t *testing.T, address string) *clientv3.Client {
	t.Helper()
	k, err := clientv3.New(clientv3.Config{Endpoints: []string{address}, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// await tries until it works: a group that has just been started, or lost a host, may
// say that it is not ready.
func await(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	all, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		one, cancel := context.WithTimeout(all, 10*time.Second)
		err := try(one)
		cancel()
		if err == nil {
			return
		}
		if all.Err() != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

func put(t *testing.T, k *clientv3.Client, key, value string) {
	t.Helper()
	await(t, "put "+key, func(ctx context.Context) error { _, err := k.Put(ctx, key, value); return err })
}

func want(t *testing.T, k *clientv3.Client, key, value string) {
	t.Helper()
	await(t, "get "+key, func(ctx context.Context) error {
		r, err := k.Get(ctx, key)
		if err == nil && (len(r.Kvs) != 1 || string(r.Kvs[0].Value) != value) {
			t.Errorf("%s is %v, want %q", key, r.Kvs, value)
		}
		return err
	})
}

// Etcd's own client, at a gateway and at a host's door at once; then a host less, and the
// gateway's next incarnation.
func TestAGatewayIsADoorToTheSameStore(t *testing.T) {
	g := newGroup(t, "pbft")
	dir := filepath.Join(t.TempDir(), "gateway")
	w, here := g.gateway(t, dir)
	there := client(t, g.members[1].Client)
	put(t, there, "host", "1")
	want(t, here, "host", "1")
	put(t, here, "gateway", "2")
	want(t, there, "gateway", "2")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	watch := here.Watch(ctx, "watched")
	put(t, there, "watched", "3")
	if r := <-watch; len(r.Events) != 1 || string(r.Events[0].Kv.Value) != "3" {
		t.Errorf("the watch sees %v (%v)", r.Events, r.Err())
	}
	if r, err := here.Txn(ctx).If(clientv3.Compare(clientv3.Value("host"), "=", "1")).Then(clientv3.OpPut("host", "4")).Commit(); err != nil || !r.Succeeded {
		t.Errorf("a transaction ends with %v, %v", r, err)
	}

	if err := g.hosts[0].Close(); err != nil { // the primary of view 0
		t.Error(err)
	}
	put(t, here, "without a", "5")
	want(t, there, "without a", "5")
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	for i := range 3 {
		put(t, there, fmt.Sprint("meanwhile ", i), "6")
	}
	w, here = g.gateway(t, dir)
	want(t, here, "meanwhile 2", "6")
	want(t, here, "host", "4")
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatAGatewayRefuses(t *testing.T) {
	four := []host.Member{{Name: "a", Peer: "127.0.0.1:1"}, {Name: "b", Peer: "127.0.0.1:2"}, {Name: "c", Peer: "127.0.0.1:3"}, {Name: "d", Peer: "127.0.0.1:4"}}
	for _, test := range []struct {
		name    string
		members []host.Member
		reason  string
	}{
		{"a", four, `"a" is the name of a host`},
		{"me", four[:3], "survives no liar"},
		{"m/e", four, "host name"},
	} {
		_, err := gateway.Open(gateway.Config{Name: test.name, Dir: t.TempDir(), Members: test.members, Client: listener(t)})
		if err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: %v, want an error with %q", test.name, err, test.reason)
		}
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.Open(gateway.Config{Name: "me", Dir: t.TempDir(), Members: four, Client: l}); err == nil {
		t.Error("a door beyond loopback opens without credentials")
	}
}
