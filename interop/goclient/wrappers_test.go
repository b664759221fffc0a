//go:build interop

package goclient_test

import (
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/leasing"
	"go.etcd.io/etcd/client/v3/namespace"
	"go.etcd.io/etcd/client/v3/ordering"
)

func TestANamespaceSeesItsOwnKeysOnly(t *testing.T) {
	f, ctx := start(t)
	inside := namespace.NewKV(f.at[0].KV, "ns/")
	watch := namespace.NewWatcher(f.at[1].Watcher, "ns/").Watch(ctx, "", clientv3.WithPrefix(), clientv3.WithRev(1))
	must(f.at[2].Put(ctx, "k", "outside"))(t)
	must(inside.Put(ctx, "k", "inside"))(t)
	if got := pairs(must(inside.Get(ctx, "", clientv3.WithPrefix()))(t)); got != "k=inside" {
		t.Errorf("inside is %s", got)
	}
	if got := pairs(must(f.at[2].Get(ctx, "ns/k"))(t)); got != "ns/k=inside" {
		t.Errorf("outside it is %s", got)
	}
	expectEvents(ctx, t, watch, "3 put k=inside")
}

func TestALeasedCacheGivesWayToAWriter(t *testing.T) {
	f, ctx := start(t)
	one, closeOne, err := leasing.NewKV(f.at[0], "leases/")
	if err != nil {
		t.Fatal(err)
	}
	defer closeOne()
	two, closeTwo, err := leasing.NewKV(f.at[1], "leases/")
	if err != nil {
		t.Fatal(err)
	}
	defer closeTwo()
	must(one.Put(ctx, "k", "0"))(t)
	for _, value := range []string{"1", "2", "3"} {
		must(one.Get(ctx, "k"))(t) // takes the lease on the key, and serves itself from then on
		must(two.Put(ctx, "k", value))(t)
		if got := pairs(must(one.Get(ctx, "k"))(t)); got != "k="+value {
			t.Errorf("the cache says %s after a put of %s", got, value)
		}
		must(one.Put(ctx, "k", value+"'"))(t)
		if got := pairs(must(two.Get(ctx, "k"))(t)); got != "k="+value+"'" {
			t.Errorf("the other says %s after a put of %s'", got, value)
		}
	}
}

// TestSerializableReadsOfOneClientDoNotGoBack: the ordering wrapper asks another
// host when one is behind what the client has seen.
func TestSerializableReadsOfOneClientDoNotGoBack(t *testing.T) {
	f, ctx := start(t)
	everywhere := f.Connect()
	store := ordering.NewKV(everywhere.KV, ordering.NewOrderViolationSwitchEndpointClosure(everywhere))
	newest := int64(0)
	for range 100 {
		must(f.at[0].Put(ctx, "k", "v"))(t)
		r := must(store.Get(ctx, "k", clientv3.WithSerializable()))(t)
		if r.Header.Revision < newest {
			t.Fatalf("revision %d after %d", r.Header.Revision, newest)
		}
		newest = r.Header.Revision
	}
}
