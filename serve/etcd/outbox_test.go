package etcd

import (
	"context"
	"errors"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
)

// asking is a client that asks for progress without end.
type asking struct {
	watchRPC
	asked int
}

func (a *asking) Recv() (*pb.WatchRequest, error) {
	a.asked++
	return &pb.WatchRequest{}, nil
}

func TestAStreamTakesNoRequestsWhileItsOutboxIsFull(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := newWatchStream(nil, ctx)
	event := &mvccpb.Event{Kv: &mvccpb.KeyValue{Value: make([]byte, 1<<20)}}
	for !w.out.full() {
		w.out.add(&pb.WatchResponse{Events: []*mvccpb.Event{event}}, false)
	}
	cancel()
	client := new(asking)
	if err := w.receive(client); !errors.Is(err, rpctypes.ErrGRPCCanceled) || client.asked != 1 {
		t.Fatalf("took %d requests: %v", client.asked, err)
	}
	if _, _, ok := w.out.next(); !ok || w.out.full() {
		t.Fatal("no room behind a response that was taken out")
	}
	if err := w.waitForRoom(); err != nil {
		t.Fatal(err)
	}
}

func TestAnOutboxKeepsTheOrder(t *testing.T) {
	o := newOutbox()
	next := int64(0)
	for i := range int64(1000) {
		o.add(&pb.WatchResponse{WatchId: i}, false)
		if i%3 != 0 { // it grows, and is never empty
			continue
		}
		if r, _, _ := o.next(); r.WatchId != next {
			t.Fatalf("%d comes in place of %d", r.WatchId, next)
		}
		next++
	}
	for r, _, ok := o.next(); ok; r, _, ok = o.next() {
		if r.WatchId != next {
			t.Fatalf("%d comes in place of %d", r.WatchId, next)
		}
		next++
	}
	if next != 1000 || o.bytes != 0 {
		t.Fatalf("%d came out, %d bytes are left", next, o.bytes)
	}
}
