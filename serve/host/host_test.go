package host_test

import (
	"context"
	"net"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"

	"github.com/parleysystems/parley/serve/host"
)

const patience = time.Minute

func listener(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// open starts a host that is a cluster by itself.
func open(t *testing.T, dir string) *host.Host {
	t.Helper()
	peer, client := listener(t), listener(t)
	h, err := host.Open(host.Config{
		Cluster: "test", Name: "a", Dir: dir, Peer: peer, Client: client,
		Members: []host.Member{{Name: "a", Peer: peer.Addr().String(), Client: client.Addr().String()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAHostServesKeepsAndLeavesNothingRunning(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for round, want := range []int{0, 1} {
		h := open(t, dir)
		c, err := clientv3.New(clientv3.Config{Endpoints: []string{h.Status().Client}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Get(ctx, "k")
		if err != nil || len(r.Kvs) != want {
			t.Fatalf("round %d: %v (%v), want %d keys", round, r, err, want)
		}
		if _, err := c.Put(ctx, "k", "v"); err != nil {
			t.Fatal(err)
		}
		if s := h.Status(); s.Role != "leader" || s.Leader != "a" || s.Keys != 1 || s.Syncs == 0 || s.Calls.Count < 2 || !s.Serving() {
			t.Errorf("round %d: status is %+v", round, s)
		}
		c.Close()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if s := h.Status(); s.Failure == "" || s.Serving() {
			t.Errorf("round %d: a closed host says %+v", round, s)
		}
	}
}

func TestCloseDoesNotWaitForASilentClient(t *testing.T) {
	h := open(t, t.TempDir())
	c, err := net.Dial("tcp", h.Status().Client)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	began := time.Now()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > patience {
		t.Errorf("closing took %v", took)
	}
}

func TestAHostThatCannotOpenHoldsNothing(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	defer first.Close()
	for _, c := range []host.Config{
		{Name: "a", Dir: dir, Members: []host.Member{{Name: "a"}}},
		{Name: "a", Dir: t.TempDir(), Members: []host.Member{{Name: "b"}}},
		{Name: "a", Dir: t.TempDir(), Members: []host.Member{{Name: "a"}}, Engine: "perpetual"},
	} {
		c.Peer, c.Client = listener(t), listener(t)
		if h, err := host.Open(c); err == nil {
			h.Close()
			t.Errorf("opened %+v", c)
		}
		for _, l := range []net.Listener{c.Peer, c.Client} {
			if again, err := net.Listen("tcp", l.Addr().String()); err != nil {
				t.Errorf("after %s: %v", c.Name, err)
			} else {
				again.Close()
			}
		}
	}
}
