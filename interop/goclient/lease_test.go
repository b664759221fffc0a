//go:build interop

package goclient_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// grantAs asks for a lease with an ID of the caller's, which clientv3 cannot.
func grantAs(ctx context.Context, c *clientv3.Client, id clientv3.LeaseID) error {
	_, err := pb.NewLeaseClient(c.ActiveConnection()).LeaseGrant(ctx, &pb.LeaseGrantRequest{ID: int64(id), TTL: 60})
	return rpctypes.Error(err)
}

func TestKeysGoWithTheirLeaseAndWatchersHear(t *testing.T) {
	f, ctx := start(t)
	watch := f.at[2].Watch(ctx, "e/", clientv3.WithPrefix(), clientv3.WithRev(1))
	began := time.Now()
	lease := must(f.at[0].Grant(ctx, 4))(t)
	must(f.at[1].Put(ctx, "e/1", "v", clientv3.WithLease(lease.ID)))(t)
	must(f.at[1].Put(ctx, "e/2", "v", clientv3.WithLease(lease.ID)))(t)
	expectEvents(ctx, t, watch, "2 put e/1=v", "3 put e/2=v", "4 delete e/1", "4 delete e/2")
	if took := time.Since(began); took < time.Duration(lease.TTL)*time.Second {
		t.Errorf("a lease of %d s ended after %v", lease.TTL, took)
	}
	if r := must(f.at[0].TimeToLive(ctx, lease.ID))(t); r.TTL != -1 {
		t.Errorf("an ended lease has %d s left", r.TTL)
	}
}

func TestALeaseIsKnownToAllHosts(t *testing.T) {
	f, ctx := start(t)
	lease := must(f.at[0].Grant(ctx, 600))(t)
	must(f.at[1].Put(ctx, "a", "v", clientv3.WithLease(lease.ID)))(t)
	for i, c := range f.at {
		r := must(c.TimeToLive(ctx, lease.ID, clientv3.WithAttachedKeys()))(t)
		if r.GrantedTTL != 600 || r.TTL < 540 || r.TTL > 600 || len(r.Keys) != 1 || string(r.Keys[0]) != "a" {
			t.Errorf("host %d: %+v", i, r)
		}
		if all := must(c.Leases(ctx))(t); len(all.Leases) != 1 || all.Leases[0].ID != lease.ID {
			t.Errorf("host %d lists %v", i, all.Leases)
		}
		if r := must(c.KeepAliveOnce(ctx, lease.ID))(t); r.TTL != 600 {
			t.Errorf("host %d renews for %d s", i, r.TTL)
		}
	}
}

func TestRenewalsGoOnWhenTheLeaderIsKilled(t *testing.T) {
	f, ctx := start(t)
	f.Need("successor for its leader while that host, which has the view server, is down", f.Limits().Viewed)
	everywhere := f.Connect()
	lease := must(everywhere.Grant(ctx, 4))(t)
	must(everywhere.Put(ctx, "alive", "yes", clientv3.WithLease(lease.ID)))(t)
	renewals := must(everywhere.KeepAlive(ctx, lease.ID))(t)
	next(ctx, t, renewals)
	for range 2 {
		leader := f.Leader()
		leader.Kill()
		f.AwaitReady()
		for until := time.Now().Add(5 * time.Second); time.Now().Before(until); { // longer than it lasts
			next(ctx, t, renewals)
		}
		leader.Start()
		f.AwaitReady(f.Hosts...)
	}
	if r := must(everywhere.Get(ctx, "alive"))(t); r.Count != 1 {
		t.Error("a key is gone though its lease was renewed")
	}
}

func TestARevokedLeaseTakesItsKeysAndOnlyThose(t *testing.T) {
	f, ctx := start(t)
	one, two := must(f.at[0].Grant(ctx, 600))(t), must(f.at[1].Grant(ctx, 600))(t)
	for i := range 6 {
		must(f.at[i%3].Put(ctx, fmt.Sprintf("r/%d", i), "v", clientv3.WithLease(one.ID)))(t)
	}
	must(f.at[0].Put(ctx, "r/1", "v"))(t)                             // no lease any more
	must(f.at[0].Put(ctx, "r/2", "v", clientv3.WithLease(two.ID)))(t) // another
	must(f.at[0].Put(ctx, "r/3", "w", clientv3.WithIgnoreLease()))(t) // the same
	must(f.at[0].Put(ctx, "r/4", "", clientv3.WithIgnoreValue()))(t)  // no lease, the same value
	must(f.at[2].Revoke(ctx, one.ID))(t)
	if got := pairs(must(f.at[1].Get(ctx, "r/", clientv3.WithPrefix()))(t)); got != "r/1=v r/2=v r/4=v" {
		t.Errorf("left is %s", got)
	}
}
