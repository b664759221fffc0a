//go:build interop

package goclient_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestWatchesBeginInThePastAndGoOn(t *testing.T) {
	f, ctx := start(t)
	for i := range 3 {
		must(f.at[i].Put(ctx, "w", fmt.Sprint(i)))(t)
	}
	must(f.at[0].Delete(ctx, "w"))(t)
	for _, c := range f.at {
		all := c.Watch(ctx, "w", clientv3.WithRev(1), clientv3.WithPrevKV())
		expectEvents(ctx, t, all, "2 put w=0", "3 put w=1 (was 0)", "4 put w=2 (was 1)", "5 delete w (was 2)")
		expectEvents(ctx, t, c.Watch(ctx, "w", clientv3.WithRev(4)), "4 put w=2", "5 delete w")
		expectEvents(ctx, t, c.Watch(ctx, "w", clientv3.WithRev(1), clientv3.WithFilterPut()), "5 delete w")
		expectEvents(ctx, t, c.Watch(ctx, "w", clientv3.WithRev(1), clientv3.WithFilterDelete()), "2 put w=0", "3 put w=1", "4 put w=2")
	}
	ahead := f.at[1].Watch(ctx, "w", clientv3.WithRev(7))
	must(f.at[0].Put(ctx, "w", "six"))(t)
	must(f.at[0].Put(ctx, "w", "seven"))(t)
	expectEvents(ctx, t, ahead, "7 put w=seven")
}

func TestEventsOfOneTransactionComeTogether(t *testing.T) {
	f, ctx := start(t)
	watch := f.at[2].Watch(ctx, "t/", clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	next(ctx, t, watch)
	must(f.at[0].Txn(ctx).Then(clientv3.OpPut("t/b", "1"), clientv3.OpPut("t/a", "2"), clientv3.OpDelete("t/x")).Commit())(t)
	if r := next(ctx, t, watch); len(r.Events) != 2 || written(r.Events[0]) != "2 put t/b=1" || written(r.Events[1]) != "2 put t/a=2" {
		t.Errorf("%v", r.Events)
	}
}

func TestAWatchOfWhatWasCompactedSaysWhereToBegin(t *testing.T) {
	f, ctx := start(t)
	for i := range 9 {
		must(f.at[i%3].Put(ctx, "k", fmt.Sprint(i)))(t)
	}
	must(f.at[0].Compact(ctx, 7))(t)
	f.AwaitReady() // all hosts have done it
	for i, c := range f.at {
		watch := c.Watch(ctx, "k", clientv3.WithRev(3))
		r := next(ctx, t, watch)
		if !errors.Is(r.Err(), rpctypes.ErrCompacted) || r.CompactRevision != 7 || !r.Canceled {
			t.Errorf("host %d: %v, compact revision %d", i, r.Err(), r.CompactRevision)
		}
		if _, open := <-watch; open {
			t.Errorf("host %d: the watch goes on", i)
		}
		expectEvents(ctx, t, c.Watch(ctx, "k", clientv3.WithRev(r.CompactRevision)), "7 put k=5", "8 put k=6", "9 put k=7", "10 put k=8")
	}
}

func TestProgressIsToldWhenAsked(t *testing.T) {
	f, ctx := start(t)
	for i, c := range f.at {
		ctx := clientv3.WithRequireLeader(ctx)
		watch := c.Watch(ctx, "quiet", clientv3.WithCreatedNotify())
		if r := next(ctx, t, watch); r.Err() != nil {
			t.Fatalf("host %d: %v", i, r.Err())
		}
		rev := must(f.at[(i+1)%3].Put(ctx, "noise", "x"))(t).Header.Revision
		must(c.Get(ctx, "noise"))(t) // this host has it, too
		var told clientv3.WatchResponse
		hosts.Await(t, "a progress notification", func() bool { // etcd drops a request that comes too early
			if err := c.RequestProgress(ctx); err != nil {
				t.Fatal(err)
			}
			told = next(ctx, t, watch)
			return told.Header.Revision >= rev
		})
		if !told.IsProgressNotify() {
			t.Errorf("host %d: %+v", i, told)
		}
	}
}

func TestLargeAnswersComeInFragmentsAndWhole(t *testing.T) {
	f, ctx := start(t)
	const n, size = 20, 300 << 10
	for i := range n {
		must(f.at[i%3].Put(ctx, fmt.Sprintf("big/%02d", i), strings.Repeat("x", size)))(t)
	}
	for i, c := range f.at {
		watch := c.Watch(ctx, "big/", clientv3.WithPrefix(), clientv3.WithRev(1), clientv3.WithFragment())
		seen := 0
		for seen < n {
			r := next(ctx, t, watch)
			for _, e := range r.Events {
				if string(e.Kv.Key) != fmt.Sprintf("big/%02d", seen) || len(e.Kv.Value) != size {
					t.Fatalf("host %d: event %d is of %s, %d bytes", i, seen, e.Kv.Key, len(e.Kv.Value))
				}
				seen++
			}
		}
	}
}

func TestManyWatchesShareAStream(t *testing.T) {
	f, ctx := start(t)
	const n = 500
	var watching sync.WaitGroup
	ready := make(chan struct{}, n)
	for i := range n {
		watch := f.at[i%3].Watch(ctx, fmt.Sprintf("many/%d", i%50), clientv3.WithCreatedNotify())
		watching.Go(func() {
			next(ctx, t, watch)
			ready <- struct{}{}
			for round := range 3 {
				got := events(ctx, t, watch, 1)
				if want := fmt.Sprintf(" put many/%d=%d", i%50, round); !strings.HasSuffix(got[0], want) {
					t.Errorf("watch %d: %s, want %s", i, got[0], want)
				}
			}
		})
	}
	for range n {
		next(ctx, t, ready)
	}
	for round := range 3 {
		for i := range 50 {
			must(f.at[i%3].Put(ctx, fmt.Sprintf("many/%d", i), fmt.Sprint(round)))(t)
		}
	}
	watching.Wait()
}
