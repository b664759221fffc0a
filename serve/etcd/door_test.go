package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// door is a server and a real client of it.
type door struct {
	*clientv3.Client
	server *etcd.Server
	single *single
	ctx    context.Context
}

func open(t testing.TB, store kv.Options, o etcd.Options) *door {
	t.Helper()
	s := newSingle(t, store)
	o.Cluster, o.Self = "test", self
	o.Members = []etcd.Member{{Addr: self, Name: "a", PeerURLs: []string{"http://a:1"}, ClientURLs: []string{"http://a:2"}}}
	server, err := etcd.New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{server: server, single: s, Client: dial(t, server)}
	var cancel context.CancelFunc
	d.ctx, cancel = context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return d
}

// dial connects the real client to a server by a pipe in memory.
func dial(t testing.TB, server *etcd.Server, change ...func(*clientv3.Config)) *clientv3.Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	config := clientv3.Config{
		Endpoints: []string{"passthrough:///door"},
		Logger:    zap.NewNop(),
		DialOptions: []grpc.DialOption{
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }),
		},
	}
	for _, f := range change {
		f(&config)
	}
	client, err := clientv3.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return client
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (d *door) put(t testing.TB, key, value string, o ...clientv3.OpOption) *clientv3.PutResponse {
	t.Helper()
	return must(d.Put(d.ctx, key, value, o...))(t)
}

func show(kvs []string) string { return strings.Join(kvs, " ") }

func (d *door) get(t testing.TB, key string, o ...clientv3.OpOption) string {
	t.Helper()
	var out []string
	for _, kv := range must(d.Get(d.ctx, key, o...))(t).Kvs {
		out = append(out, fmt.Sprintf("%s=%s", kv.Key, kv.Value))
	}
	return show(out)
}

func expect(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestPutGetDelete(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	first := d.put(t, "k", "1")
	if first.Header.Revision != 2 || first.Header.RaftTerm != 1 || first.Header.ClusterId == 0 || first.Header.MemberId == 0 {
		t.Fatalf("header %v", first.Header)
	}
	second := d.put(t, "k", "2", clientv3.WithPrevKV())
	expect(t, string(second.PrevKv.Value), "1")
	d.put(t, "l", "3")
	expect(t, d.get(t, "", clientv3.WithPrefix()), "k=2 l=3")
	expect(t, d.get(t, "k", clientv3.WithRev(2)), "k=1")
	expect(t, d.get(t, "k", clientv3.WithFromKey(), clientv3.WithSort(clientv3.SortByKey, clientv3.SortDescend)), "l=3 k=2")
	r := must(d.Get(d.ctx, "k", clientv3.WithFromKey(), clientv3.WithLimit(1)))(t)
	if !r.More || r.Count != 2 || len(r.Kvs) != 1 {
		t.Fatalf("more %v, count %d, %d pairs", r.More, r.Count, len(r.Kvs))
	}
	gone := must(d.Delete(d.ctx, "k", clientv3.WithPrevKV()))(t)
	if gone.Deleted != 1 || string(gone.PrevKvs[0].Value) != "2" || gone.Header.Revision != 5 {
		t.Fatalf("%+v", gone)
	}
	expect(t, d.get(t, "k"), "")
	expect(t, d.get(t, "k", clientv3.WithSerializable()), "")
}

func TestTxnOfTheClient(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	d.put(t, "k", "1")
	r := must(d.Txn(d.ctx).
		If(clientv3.Compare(clientv3.Value("k"), "=", "1"), clientv3.Compare(clientv3.Version("none"), "=", 0)).
		Then(clientv3.OpPut("k", "2"), clientv3.OpGet("k"), clientv3.OpTxn(
			[]clientv3.Cmp{clientv3.Compare(clientv3.ModRevision("k"), ">", 100)}, nil,
			[]clientv3.Op{clientv3.OpDelete("z"), clientv3.OpPut("n", "3")})).
		Else(clientv3.OpPut("k", "wrong")).Commit())(t)
	if !r.Succeeded || len(r.Responses) != 3 || r.Header.Revision != 3 {
		t.Fatalf("%+v", r)
	}
	expect(t, string(r.Responses[1].GetResponseRange().Kvs[0].Value), "2")
	if in := r.Responses[2].GetResponseTxn(); in.Succeeded || in.Responses[1].GetResponsePut().Header.Revision != 3 {
		t.Fatalf("%+v", in)
	}
	reads := must(d.Txn(d.ctx).Then(clientv3.OpGet("k"), clientv3.OpGet("n")).Commit())(t)
	if d.single.index != 2 || len(reads.Responses) != 2 {
		t.Fatalf("a transaction that only reads was proposed: %d commands", d.single.index)
	}
}

func TestErrorsAreThoseThatClientsMatchOn(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	for i := range 5 {
		d.put(t, "k", fmt.Sprint(i))
	}
	must(d.Compact(d.ctx, 4))(t)
	many := make([]clientv3.Op, 129)
	for i := range many {
		many[i] = clientv3.OpGet("k")
	}
	put := func(key, value string, o ...clientv3.OpOption) error {
		_, err := d.Put(d.ctx, key, value, o...)
		return err
	}
	get := func(key string, o ...clientv3.OpOption) error { _, err := d.Get(d.ctx, key, o...); return err }
	txn := func(ops ...clientv3.Op) error { _, err := d.Txn(d.ctx).Then(ops...).Commit(); return err }
	lease := func(f func() (*clientv3.LeaseGrantResponse, error)) error { _, err := f(); return err }
	_, revoke := d.Revoke(d.ctx, 4711)
	_, compacted := d.Compact(d.ctx, 3)
	_, future := d.Compact(d.ctx, 300)
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"empty key", put("", "x"), rpctypes.ErrEmptyKey},
		{"compacted", get("k", clientv3.WithRev(3)), rpctypes.ErrCompacted},
		{"future", get("k", clientv3.WithRev(99)), rpctypes.ErrFutureRev},
		{"ignore value of no key", put("none", "", clientv3.WithIgnoreValue()), rpctypes.ErrKeyNotFound},
		{"no such lease", put("k", "", clientv3.WithLease(99)), rpctypes.ErrLeaseNotFound},
		{"too many operations", txn(many...), rpctypes.ErrTooManyOps},
		{"a key twice", txn(clientv3.OpPut("a", ""), clientv3.OpPut("a", "")), rpctypes.ErrDuplicateKey},
		{"put and delete", txn(clientv3.OpPut("a", ""), clientv3.OpDelete("a")), rpctypes.ErrDuplicateKey},
		{"too large", put("k", strings.Repeat("x", 1600<<10)), rpctypes.ErrRequestTooLarge},
		{"lease TTL", lease(func() (*clientv3.LeaseGrantResponse, error) { return d.Grant(d.ctx, 9_000_000_001) }), rpctypes.ErrLeaseTTLTooLarge},
		{"revoke of no lease", revoke, rpctypes.ErrLeaseNotFound},
		{"compact again", compacted, rpctypes.ErrCompacted},
		{"compact the future", future, rpctypes.ErrFutureRev},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	for _, c := range []struct{ fail, want error }{
		{rsm.ErrNoLeader, rpctypes.ErrNoLeader}, {rsm.ErrUnknown, rpctypes.ErrTimeout},
		{rsm.ErrBusy, rpctypes.ErrTooManyRequests},
	} {
		d.single.fail(c.fail)
		if err := put("k", "v"); !errors.Is(err, c.want) {
			t.Errorf("%v became %v", c.fail, err)
		}
	}
}

func TestAClientWithAPasswordIsToldThatNoneIsNeeded(t *testing.T) {
	server := must(etcd.New(newSingle(t, kv.Options{}), etcd.Options{Self: self}))(t)
	c := dial(t, server, func(c *clientv3.Config) { c.Username, c.Password = "somebody", "secret" })
	ctx := deadline(t)
	must(c.Put(ctx, "k", "v"))(t)
	if status := must(c.AuthStatus(ctx))(t); status.Enabled {
		t.Fatal("authentication is said to be on")
	}
	if _, err := c.AuthEnable(ctx); err == nil {
		t.Fatal("authentication is said to be on")
	}
}

func TestLeases(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	l := must(d.Grant(d.ctx, 1))(t) // raised to the least there is
	if l.TTL != kv.MinLeaseTTL || l.ID == 0 {
		t.Fatalf("%+v", l)
	}
	d.put(t, "leased", "x", clientv3.WithLease(l.ID))
	once := must(d.KeepAliveOnce(d.ctx, l.ID))(t)
	if once.TTL != kv.MinLeaseTTL || once.ID != l.ID {
		t.Fatalf("%+v", once)
	}
	ttl := must(d.TimeToLive(d.ctx, l.ID, clientv3.WithAttachedKeys()))(t)
	if ttl.GrantedTTL != kv.MinLeaseTTL || len(ttl.Keys) != 1 || ttl.TTL < 0 || ttl.TTL > kv.MinLeaseTTL {
		t.Fatalf("%+v", ttl)
	}
	other := must(d.Grant(d.ctx, 1000))(t)
	if n := len(must(d.Leases(d.ctx))(t).Leases); n != 2 {
		t.Fatalf("%d leases", n)
	}
	must(d.Revoke(d.ctx, other.ID))(t)
	if ttl := must(d.TimeToLive(d.ctx, other.ID))(t); ttl.TTL != -1 {
		t.Fatalf("TTL of a revoked lease is %d", ttl.TTL)
	}
	if _, err := d.KeepAliveOnce(d.ctx, other.ID); !errors.Is(err, rpctypes.ErrLeaseNotFound) {
		t.Fatal(err)
	}
	r := <-d.Watch(d.ctx, "leased") // until it runs out
	if len(r.Events) != 1 || r.Events[0].Type != clientv3.EventTypeDelete {
		t.Fatalf("%+v", r)
	}
	if n := len(must(d.Leases(d.ctx))(t).Leases); n != 0 {
		t.Fatal("the lease is still there")
	}
}

func TestStatusMembersHashAndSnapshot(t *testing.T) {
	d := open(t, kv.Options{Quota: 1 << 30}, etcd.Options{})
	d.put(t, "k", strings.Repeat("v", 100_000))
	status := must(d.Status(d.ctx, "passthrough:///door"))(t)
	members := must(d.MemberList(d.ctx))(t).Members
	if status.Leader != members[0].ID || status.DbSize < 100_000 || status.DbSizeQuota != 1<<30 || len(status.Errors) > 0 {
		t.Fatalf("%+v", status)
	}
	if members[0].Name != "a" || members[0].ClientURLs[0] != "http://a:2" || members[1].Name != "b" || !members[1].IsLearner {
		t.Fatalf("%+v", members)
	}
	hash := must(d.HashKV(d.ctx, "passthrough:///door", 0))(t)
	d.put(t, "k", "2")
	again := must(d.HashKV(d.ctx, "passthrough:///door", 2))(t)
	if hash.Hash == 0 || hash.Hash != again.Hash || again.HashRevision != 2 {
		t.Fatalf("%+v, %+v", hash, again)
	}
	must(d.Defragment(d.ctx, "passthrough:///door"))(t)
	must(d.MoveLeader(d.ctx, members[0].ID))(t)
	if _, err := d.MoveLeader(d.ctx, members[1].ID); !errors.Is(err, rpctypes.ErrBadLeaderTransferee) {
		t.Fatal(err)
	}
	if _, err := d.MemberAdd(d.ctx, []string{"http://a:1"}); !errors.Is(err, rpctypes.ErrPeerURLExist) {
		t.Fatal(err)
	}
	if _, err := d.MemberRemove(d.ctx, 1); !errors.Is(err, rpctypes.ErrMemberNotFound) {
		t.Fatal(err)
	}
}

func TestTheQuotaRaisesTheAlarmAndAnOperatorTakesItBack(t *testing.T) {
	d := open(t, kv.Options{Quota: 1000}, etcd.Options{})
	d.put(t, "k", strings.Repeat("v", 2000))
	for range 2 { // by the quota of this host, then by the alarm of all
		if _, err := d.Put(d.ctx, "l", "x"); !errors.Is(err, rpctypes.ErrNoSpace) {
			t.Fatal(err)
		}
	}
	expect(t, d.get(t, "k", clientv3.WithKeysOnly()), "k=")
	must(d.Delete(d.ctx, "k"))(t)
	must(d.Compact(d.ctx, 3))(t)
	alarms := must(d.AlarmList(d.ctx))(t).Alarms
	if len(alarms) != 1 {
		t.Fatalf("%v", alarms)
	}
	must(d.AlarmDisarm(d.ctx, &clientv3.AlarmMember{}))(t)
	d.put(t, "l", "x")
}

func TestAClientThatRequiresALeaderIsTold(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	ctx := clientv3.WithRequireLeader(d.ctx)
	must(d.Get(ctx, "k"))(t)
	watch := d.Watch(ctx, "k")
	d.single.Do(func(etcd.Replica) { d.single.leader = "" })
	if r := <-watch; !errors.Is(r.Err(), rpctypes.ErrNoLeader) {
		t.Fatal(r.Err())
	}
	get, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := d.Get(get, "k"); err == nil {
		t.Fatal("answered without a leader")
	}
	d.single.Do(func(etcd.Replica) { d.single.leader, d.single.epoch = self, 2 })
	for d.put(t, "k", "v").Header.RaftTerm != 2 {
		t.Fatal("the header has an old term")
	}
}

func TestALargeRangeComesInPiecesThatMakeTheWhole(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	for i := range 2500 {
		d.put(t, fmt.Sprintf("k%05d", i), strings.Repeat("x", i%5*500))
	}
	for _, o := range [][]clientv3.OpOption{
		{}, {clientv3.WithLimit(1)}, {clientv3.WithLimit(1000)}, {clientv3.WithLimit(2499)}, {clientv3.WithLimit(2500)},
		{clientv3.WithCountOnly()}, {clientv3.WithRev(1200)}, {clientv3.WithKeysOnly(), clientv3.WithLimit(1001)},
	} {
		o = append(o, clientv3.WithPrefix())
		whole := must(d.Get(d.ctx, "k", o...))(t)
		pieces := must(clientv3.GetStreamToGetResponse(must(d.GetStream(d.ctx, "k", o...))(t)))(t)
		if !proto.Equal((*pb.RangeResponse)(whole), (*pb.RangeResponse)(pieces)) {
			t.Fatalf("%d of %d pairs, more %v; want %d of %d, %v",
				len(pieces.Kvs), pieces.Count, pieces.More, len(whole.Kvs), whole.Count, whole.More)
		}
	}
}

func TestAWideRangeIsReadBesideTheLoop(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	const n = 20_000
	d.single.Do(func(etcd.Replica) {
		for i := range n {
			c := kv.Command{Put: &kv.Put{Key: fmt.Appendf(nil, "k%05d", i)}}
			d.single.store.Apply(0, c.Encode())
		}
	})
	r := must(d.Get(d.ctx, "k", clientv3.WithPrefix(), clientv3.WithSort(clientv3.SortByModRevision, clientv3.SortDescend)))(t)
	if len(r.Kvs) != n || string(r.Kvs[0].Key) != "k19999" || r.Header.Revision != n+1 {
		t.Fatalf("%d pairs, first %s, at %d", len(r.Kvs), r.Kvs[0].Key, r.Header.Revision)
	}
}
