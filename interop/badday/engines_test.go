//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/interop/hosts"
)

// TestEveryEngine is the short form of all the suites, for each engine of the
// store: what clients ask for most, and a host that is killed under load.
func TestEveryEngine(t *testing.T) {
	onlyParley(t)
	for _, engine := range hosts.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			began := time.Now()
			c := hosts.StartOf(t, engine)
			ask(t, c)
			l := newLoad(t, c, 1)
			hurt(t, c)
			l.judge()
			t.Logf("it took %v", time.Since(began).Round(100*time.Millisecond))
		})
	}
}

// ask puts, gets, compares, watches, and lets a lease end, each at another host.
func ask(t *testing.T, c *hosts.Cluster) {
	t.Helper()
	ctx := limit(t)
	at := func(i int) *clientv3.Client { return c.Connect(c.Hosts[i%len(c.Hosts)]) }
	events := at(2).Watch(ctx, "asked/", clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	<-events
	lease, err := at(0).Grant(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := at(1).Put(ctx, "asked/leased", "v", clientv3.WithLease(lease.ID)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		r, err := at(i).Txn(ctx).If(clientv3.Compare(clientv3.Version("asked/once"), "=", 0)).
			Then(clientv3.OpPut("asked/once", fmt.Sprint(i))).Else(clientv3.OpGet("asked/once")).Commit()
		if err != nil || r.Succeeded != want {
			t.Fatalf("transaction %d at host %s: %+v, %v", i, c.Hosts[i].Name, r, err)
		}
	}
	for i := range c.Hosts {
		for _, options := range [][]clientv3.OpOption{nil, {clientv3.WithSerializable()}} {
			r, err := at(i).Get(ctx, "asked/once", options...)
			if err != nil || options == nil && (len(r.Kvs) != 1 || string(r.Kvs[0].Value) != "0") {
				t.Fatalf("host %s: %v, %v", c.Hosts[i].Name, r, err)
			}
		}
	}
	want := []string{"put asked/leased", "put asked/once", "delete asked/leased"}
	for len(want) > 0 {
		select {
		case r := <-events:
			for _, e := range r.Events {
				if got := map[bool]string{true: "put ", false: "delete "}[e.Type == clientv3.EventTypePut] + string(e.Kv.Key); got != want[0] {
					t.Fatalf("the watch saw %q, want %q", got, want[0])
				}
				want = want[1:]
			}
		case <-ctx.Done():
			t.Fatalf("the watch has not seen %q", want)
		}
	}
}

// hurt kills the leader and then another host. Where the first host carries a
// service that nobody takes over, it is spared, but for a moment in the end: then
// the others must not answer wrongly, and the load's judge sees to that.
func hurt(t *testing.T, c *hosts.Cluster) {
	t.Helper()
	victims := []*hosts.Host{c.Leader(), c.Hosts[len(c.Hosts)-1]}
	if c.Limits().Viewed {
		victims = []*hosts.Host{c.Hosts[1], c.Hosts[2], c.Hosts[0]}
	}
	for _, h := range victims {
		h.Kill()
		if !(c.Limits().Viewed && h == c.Hosts[0]) {
			awaitWrite(t, c)
		}
		h.Start()
		c.AwaitReady(c.Hosts...)
	}
}

// awaitWrite waits until those that run take a write.
func awaitWrite(t *testing.T, c *hosts.Cluster) {
	t.Helper()
	store := c.Connect(c.Running()...)
	write := func(ctx context.Context) error {
		_, err := store.Put(ctx, "after", "v")
		return err
	}
	if err := again(t.Context(), write); err != nil {
		t.Fatalf("a write without the host that was killed: %v", err)
	}
}
