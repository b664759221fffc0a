//go:build interop

package badday_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestClocksAnHourApart(t *testing.T) {
	onlyParley(t)
	c := hosts.New(t)
	for i, h := range c.Hosts {
		h.Ahead = time.Duration(i-1) * time.Hour
		h.Start()
	}
	c.AwaitReady()
	for _, h := range c.Hosts {
		if off := time.Until(clockOf(t, h)) - h.Ahead; off.Abs() > time.Minute {
			t.Fatalf("the clock of host %s is wrong by %v, it should be by %v", h.Name, h.Ahead+off, h.Ahead)
		}
	}
	long, short := leased(t, c, "long", 3600), leased(t, c, "short", 2)
	badDayOf(c, newLoad, t, (*driver).kill, (*driver).freeze)
	store, ctx := c.Connect(), limit(t)
	if left, err := store.TimeToLive(ctx, long); err != nil || left.TTL < 3000 || left.TTL > 3600 {
		t.Errorf("of an hour's lease %+v is left, %v", left, err)
	}
	hosts.Await(t, "the end of a lease of two seconds", func() bool {
		r, err := store.Get(ctx, "leased/", clientv3.WithPrefix())
		return err == nil && len(r.Kvs) == 1 && string(r.Kvs[0].Key) == "leased/long"
	})
	if left, err := store.TimeToLive(ctx, short); err != nil || left.TTL != -1 {
		t.Errorf("of a lease that has ended %+v is left, %v", left, err)
	}
}

// clockOf asks a host what time it is, to the second.
func clockOf(t *testing.T, h *hosts.Host) time.Time {
	t.Helper()
	q, err := http.NewRequestWithContext(limit(t), http.MethodGet, "http://"+h.HTTP+"/version", nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// leased puts a key that lives as long as a lease of its own.
func leased(t *testing.T, c *hosts.Cluster, name string, seconds int64) clientv3.LeaseID {
	t.Helper()
	store := c.Connect()
	ctx, cancel := context.WithTimeout(t.Context(), hosts.Patience)
	defer cancel()
	lease, err := store.Grant(ctx, seconds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(ctx, "leased/"+name, "v", clientv3.WithLease(lease.ID)); err != nil {
		t.Fatal(err)
	}
	return lease.ID
}
