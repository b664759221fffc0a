package etcd_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// TestAnswersAreThoseOfEtcd sends random requests, sensible and odd, to this
// door and to a real etcd, and compares the answers: data, revisions, codes and
// texts. It needs the binary of an etcd 3.7:
//
//	PARLEY_ETCD=/path/to/etcd go test ./serve/etcd -run AnswersAreThoseOfEtcd -v
func TestAnswersAreThoseOfEtcd(t *testing.T) {
	binary := os.Getenv("PARLEY_ETCD")
	if binary == "" {
		t.Skip("PARLEY_ETCD does not name an etcd to compare with")
	}
	theirs, ours := runEtcd(t, binary), open(t, kv.Options{}, etcd.Options{}).Client
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), revision: 1}
	ctx := deadline(t)
	for range 1500 {
		q := g.request()
		want, got := ask(ctx, theirs, q), ask(ctx, ours, q)
		if overlooked(q, got) {
			continue // and its effects would differ from here on
		}
		if !got.equal(want) {
			t.Fatalf("%T %v\netcd   %v\nparley %v", q, q, want, got)
		}
		g.revision = max(g.revision, want.revision)
	}
	compareWatches(ctx, t, g, theirs, ours)
}

// runEtcd starts an etcd of one member and returns a client of it.
func runEtcd(t *testing.T, binary string) *clientv3.Client {
	client, peer := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	url := func(l interface{ Close() error }, addr string) string { l.Close(); return "http://" + addr }
	clientURL, peerURL := url(client, client.Addr().String()), url(peer, peer.Addr().String())
	c := exec.Command(binary, "--data-dir", t.TempDir(), "--log-level", "error",
		"--listen-client-urls", clientURL, "--advertise-client-urls", clientURL, "--listen-peer-urls", peerURL,
		"--initial-advertise-peer-urls", peerURL, "--initial-cluster", "default="+peerURL)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	cl := must(clientv3.New(clientv3.Config{Endpoints: []string{clientURL}, Logger: zap.NewNop()}))(t)
	t.Cleanup(func() { cl.Close() })
	must(cl.Get(deadline(t), "once it serves"))(t)
	return cl
}

// outcome is an answer without what must differ.
type outcome struct {
	code     codes.Code
	text     string
	answer   proto.Message
	revision int64
}

func (o outcome) equal(p outcome) bool {
	return o.code == p.code && o.text == p.text && (o.answer == nil || proto.Equal(o.answer, p.answer))
}

// overlooked tells whether etcd lets a transaction pass that this door refuses:
// see the departures of package kv.
func overlooked(q proto.Message, got outcome) bool {
	_, isTxn := q.(*pb.TxnRequest)
	return isTxn && strings.Contains(got.text, "duplicate key")
}

func ask(ctx context.Context, c *clientv3.Client, q proto.Message) (o outcome) {
	conn := c.ActiveConnection()
	method := map[string]string{
		"RangeRequest": "KV/Range", "PutRequest": "KV/Put", "DeleteRangeRequest": "KV/DeleteRange", "TxnRequest": "KV/Txn",
		"CompactionRequest": "KV/Compact", "LeaseGrantRequest": "Lease/LeaseGrant",
		"LeaseRevokeRequest": "Lease/LeaseRevoke", "LeaseTimeToLiveRequest": "Lease/LeaseTimeToLive",
	}[string(q.ProtoReflect().Descriptor().Name())]
	answers := map[string]proto.Message{
		"KV/Range": new(pb.RangeResponse), "KV/Put": new(pb.PutResponse), "KV/DeleteRange": new(pb.DeleteRangeResponse),
		"KV/Txn": new(pb.TxnResponse), "KV/Compact": new(pb.CompactionResponse), "Lease/LeaseGrant": new(pb.LeaseGrantResponse),
		"Lease/LeaseRevoke": new(pb.LeaseRevokeResponse), "Lease/LeaseTimeToLive": new(pb.LeaseTimeToLiveResponse),
	}
	answer := answers[method]
	if err := conn.Invoke(ctx, "/etcdserverpb."+method, q, answer); err != nil {
		return outcome{code: status.Code(err), text: status.Convert(err).Message()}
	}
	return normal(answer)
}

// normal removes what differs between two clusters, and what etcd leaves to
// chance.
func normal(m proto.Message) outcome {
	h := m.(interface{ GetHeader() *pb.ResponseHeader }).GetHeader()
	h.ClusterId, h.MemberId, h.RaftTerm = 0, 0, 0
	if ttl, ok := m.(*pb.LeaseTimeToLiveResponse); ok {
		ttl.TTL = 0
		slices.SortFunc(ttl.Keys, func(a, b []byte) int { return strings.Compare(string(a), string(b)) })
	}
	return outcome{answer: m, revision: h.Revision}
}

// compareWatches watches pieces of the history that both made.
func compareWatches(ctx context.Context, t *testing.T, g *generator, theirs, ours *clientv3.Client) {
	for range 60 {
		q := &pb.WatchCreateRequest{
			Key: g.key(), RangeEnd: g.end(), StartRevision: max(1, g.revision-int64(g.IntN(60))), PrevKv: g.one(2),
		}
		if g.one(3) {
			q.Filters = append(q.Filters, pb.WatchCreateRequest_FilterType(g.IntN(2)))
		}
		want, got := history(ctx, t, theirs, q, g.revision), history(ctx, t, ours, q, g.revision)
		if !slices.EqualFunc(want, got, func(a, b proto.Message) bool { return proto.Equal(a, b) }) {
			t.Fatalf("watch %v\netcd   %v\nparley %v", q, want, got)
		}
	}
}

// history returns what a watch says until it is canceled or known to have come
// as far as a revision.
func history(ctx context.Context, t *testing.T, c *clientv3.Client, q *pb.WatchCreateRequest, until int64) (all []proto.Message) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream := must(pb.NewWatchClient(c.ActiveConnection()).Watch(ctx))(t)
	stream.Send(&pb.WatchRequest{RequestUnion: &pb.WatchRequest_CreateRequest{CreateRequest: q}})
	asking := make(chan struct{})
	go func() { defer close(asking); askForProgress(stream) }()
	defer func() { cancel(); <-asking }()
	for r := must(stream.Recv())(t); ; r = must(stream.Recv())(t) {
		switch {
		case r.Created || r.Canceled:
			all = append(all, &pb.WatchResponse{
				WatchId: r.WatchId, Created: r.Created, Canceled: r.Canceled,
				CancelReason: r.CancelReason, CompactRevision: r.CompactRevision,
			})
		case len(r.Events) == 0 && r.Header.Revision >= until:
			return all
		}
		for _, e := range r.Events {
			all = append(all, e)
		}
		if r.Canceled {
			return all
		}
	}
}

// askForProgress asks again and again, since etcd forgets it while a watch is
// behind.
func askForProgress(stream pb.Watch_WatchClient) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		q := &pb.WatchRequest{RequestUnion: &pb.WatchRequest_ProgressRequest{ProgressRequest: &pb.WatchProgressRequest{}}}
		if stream.Send(q) != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-stream.Context().Done():
			return
		}
	}
}
