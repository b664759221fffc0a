package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// take reads from a watch until it has so many events, rendered.
func take(t testing.TB, watch clientv3.WatchChan, n int) []string {
	t.Helper()
	var got []string
	for r := range watch {
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Events {
			switch {
			case e.Type == clientv3.EventTypeDelete:
				got = append(got, fmt.Sprintf("%s!", e.Kv.Key))
			case e.PrevKv != nil:
				got = append(got, fmt.Sprintf("%s=%s<%s", e.Kv.Key, e.Kv.Value, e.PrevKv.Value))
			default:
				got = append(got, fmt.Sprintf("%s=%s", e.Kv.Key, e.Kv.Value))
			}
		}
		if len(got) >= n {
			return got
		}
	}
	t.Fatalf("watch ended after %v", got)
	return nil
}

// created waits for the first response, which says that the watch is there.
func created(t testing.TB, watch clientv3.WatchChan) clientv3.WatchChan {
	t.Helper()
	if r := <-watch; !r.Created {
		t.Fatalf("%+v", r)
	}
	return watch
}

func TestWatchesOfPastAndPresent(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	now := created(t, d.Watch(d.ctx, "k", clientv3.WithPrefix(), clientv3.WithCreatedNotify(), clientv3.WithPrevKV()))
	puts := created(t, d.Watch(d.ctx, "k", clientv3.WithPrefix(), clientv3.WithCreatedNotify(), clientv3.WithFilterDelete()))
	d.put(t, "k1", "a")
	d.put(t, "k1", "b")
	d.put(t, "other", "x")
	must(d.Txn(d.ctx).Then(clientv3.OpPut("k2", "c"), clientv3.OpDelete("k1")).Commit())(t)
	expect(t, strings.Join(take(t, now, 4), " "), "k1=a k1=b<a k2=c k1!")
	expect(t, strings.Join(take(t, puts, 3), " "), "k1=a k1=b k2=c")
	past := d.Watch(d.ctx, "k1", clientv3.WithRev(2), clientv3.WithPrevKV())
	expect(t, strings.Join(take(t, past, 3), " "), "k1=a k1=b<a k1!")
}

func TestAWatchOfACompactedRevisionEnds(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	for i := range 9 {
		d.put(t, "k", fmt.Sprint(i))
	}
	must(d.Compact(d.ctx, 5))(t)
	r := <-d.Watch(d.ctx, "k", clientv3.WithRev(3))
	if r.CompactRevision != 5 || !r.Canceled || !errors.Is(r.Err(), rpctypes.ErrCompacted) {
		t.Fatalf("%+v", r)
	}
	expect(t, take(t, d.Watch(d.ctx, "k", clientv3.WithRev(5)), 6)[0], "k=3")
}

func TestProgressComesWhenAskedForAndWhenIdle(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{ProgressInterval: 20 * time.Millisecond})
	idle := d.Watch(d.ctx, "quiet", clientv3.WithProgressNotify())
	d.put(t, "k", "v")
	for r := range idle {
		if !r.IsProgressNotify() {
			t.Fatalf("%+v", r)
		}
		if r.Header.Revision == 2 {
			break
		}
	}
	ctx := clientv3.WithRequireLeader(d.ctx) // on a stream of its own
	asked := created(t, d.Watch(ctx, "quiet", clientv3.WithCreatedNotify()))
	d.put(t, "k", "v")
	if err := d.RequestProgress(ctx); err != nil {
		t.Fatal(err)
	}
	if r := <-asked; !r.IsProgressNotify() || r.Header.Revision != 3 {
		t.Fatalf("%+v", r)
	}
}

func TestALargeRevisionIsSentInFragments(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{MaxRequestBytes: 1 << 20})
	watch := created(t, d.Watch(d.ctx, "k", clientv3.WithPrefix(), clientv3.WithCreatedNotify(), clientv3.WithFragment(), clientv3.WithPrevKV()))
	var ops []clientv3.Op
	for i := range 100 {
		d.put(t, fmt.Sprintf("k%d", i), strings.Repeat("x", 60_000))
		ops = append(ops, clientv3.OpPut(fmt.Sprintf("k%d", i), "small"))
	}
	take(t, watch, 100)
	must(d.Txn(d.ctx).Then(ops...).Commit())(t)
	if got := take(t, watch, 100); len(got) != 100 {
		t.Fatalf("%d events", len(got))
	}
}

// rawWatch is a stream without the client's buffering.
func rawWatch(t testing.TB, d *door, requests ...*pb.WatchCreateRequest) pb.Watch_WatchClient {
	t.Helper()
	stream := must(pb.NewWatchClient(d.ActiveConnection()).Watch(d.ctx))(t)
	for _, q := range requests {
		if err := stream.Send(&pb.WatchRequest{RequestUnion: &pb.WatchRequest_CreateRequest{CreateRequest: q}}); err != nil {
			t.Fatal(err)
		}
	}
	return stream
}

func TestOddWatchRequestsAreAnsweredLikeEtcdDoes(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	d.put(t, "a", "")
	stream := rawWatch(t, d,
		&pb.WatchCreateRequest{Key: []byte("b"), RangeEnd: []byte("a")},
		&pb.WatchCreateRequest{Key: []byte("a"), WatchId: 7},
		&pb.WatchCreateRequest{Key: []byte("a"), WatchId: 7},
		&pb.WatchCreateRequest{Key: []byte("a"), StartRevision: -1},
		&pb.WatchCreateRequest{StartRevision: 2, RangeEnd: []byte{0}}, // of everything
	)
	for _, want := range []string{
		"-1 created canceled mvcc: watcher range is empty",
		"7 created ",
		"-1 created canceled mvcc: duplicate watch ID provided on the WatchStream",
		"-1 created canceled etcdserver: mvcc: required revision has been compacted",
		"0 created ",
		"0 1 events",
	} {
		r := must(stream.Recv())(t)
		got := fmt.Sprintf("%d ", r.WatchId)
		if r.Created {
			got += "created "
		}
		if r.Canceled {
			got += "canceled "
		}
		if got += r.CancelReason; len(r.Events) > 0 {
			got += fmt.Sprintf("%d events", len(r.Events))
		}
		expect(t, got, want)
	}
	cancel := func(id int64) *pb.WatchRequest {
		return &pb.WatchRequest{RequestUnion: &pb.WatchRequest_CancelRequest{CancelRequest: &pb.WatchCancelRequest{WatchId: id}}}
	}
	stream.Send(cancel(99)) // answered by silence
	stream.Send(&pb.WatchRequest{})
	stream.Send(cancel(7))
	if r := must(stream.Recv())(t); r.WatchId != 7 || !r.Canceled {
		t.Fatalf("%+v", r)
	}
}

func TestAClientThatNeverReadsHoldsUpNobodyAndGetsAllLater(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	deaf := rawWatch(t, d, &pb.WatchCreateRequest{Key: []byte("k")})
	if r := must(deaf.Recv())(t); !r.Created {
		t.Fatalf("%+v", r)
	}
	const n = 400
	value := strings.Repeat("x", 100_000)
	for range n {
		d.put(t, "k", value) // 40 MB in all, ten times what may wait
	}
	other := d.Watch(d.ctx, "k", clientv3.WithRev(n+1))
	take(t, other, 1)
	for next := int64(2); next < n+2; {
		for _, e := range must(deaf.Recv())(t).Events {
			if e.Kv.ModRevision != next {
				t.Fatalf("revision %d came, %d should have", e.Kv.ModRevision, next)
			}
			next++
		}
	}
}

func TestManyWatchesShareAStream(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	ctx, cancel := context.WithCancel(d.ctx)
	var watches []clientv3.WatchChan
	for i := range 200 {
		watches = append(watches, d.Watch(ctx, fmt.Sprintf("k%d", i), clientv3.WithRev(1)))
	}
	for i := range 200 {
		d.put(t, fmt.Sprintf("k%d", i), "v")
	}
	for i, w := range watches {
		expect(t, take(t, w, 1)[0], fmt.Sprintf("k%d=v", i))
	}
	cancel()
	for { // until the loop has let go of all of them
		left := make(chan int)
		d.single.Do(func(r etcd.Replica) { left <- r.Query(kv.GetStatus{}).(*kv.Status).Watchers })
		if <-left == 0 {
			return
		}
		if d.ctx.Err() != nil {
			t.Fatal("watches outlive their client")
		}
	}
}
