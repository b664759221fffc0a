package etcd_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

func TestGarbageOnThePortHurtsNobodyElse(t *testing.T) {
	g, ctx := newGroup(t), deadline(t)
	c := g.client(0)
	must(c.Put(ctx, "k", "v"))(t)
	random := rand.New(rand.NewPCG(1, 1))
	for n := range 50 {
		garbage := make([]byte, 1+n*100)
		for i := range garbage {
			garbage[i] = byte(random.Uint32())
		}
		if n%2 == 0 { // as far as the first frame
			garbage = append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), garbage...)
		}
		conn := dialTCP(t, g.endpoint(0))
		conn.Write(garbage)
		conn.Close()
	}
	must(c.Put(ctx, "k", "w"))(t)
}

func TestARequestOverTheLimitIsRefusedBeforeItIsRead(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	_, err := d.Put(d.ctx, "k", strings.Repeat("x", 3<<20))
	if status.Code(err) != codes.ResourceExhausted {
		t.Fatal(err)
	}
	if d.single.index != 0 {
		t.Fatal("it was proposed")
	}
}

func TestRequestsThatTheClientWouldNotSendAreRefused(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	store := pb.NewKVClient(d.ActiveConnection())
	deep := &pb.TxnRequest{}
	for range 100 {
		deep = &pb.TxnRequest{Success: []*pb.RequestOp{{Request: &pb.RequestOp_RequestTxn{RequestTxn: deep}}}}
	}
	txn := func(in *pb.TxnRequest) error { _, err := store.Txn(d.ctx, in); return err }
	get := func(in *pb.RangeRequest) error { _, err := store.Range(d.ctx, in); return err }
	for _, c := range []struct {
		name string
		err  error
		want codes.Code
	}{
		{"unknown sort order", get(&pb.RangeRequest{Key: []byte("k"), SortOrder: 99}), codes.InvalidArgument},
		{"unknown target", txn(&pb.TxnRequest{Compare: []*pb.Compare{{Key: []byte("k"), Target: 99}}}), codes.InvalidArgument},
		{"comparison of no key", txn(&pb.TxnRequest{Compare: []*pb.Compare{{}}}), codes.InvalidArgument},
		{"empty operation", txn(&pb.TxnRequest{Success: []*pb.RequestOp{{}}}), codes.InvalidArgument},
		{"operation without request", txn(&pb.TxnRequest{Failure: []*pb.RequestOp{{Request: &pb.RequestOp_RequestPut{}}}}), codes.InvalidArgument},
		{"too deep", txn(deep), codes.InvalidArgument},
		{"unknown alarm", func() error {
			_, err := pb.NewMaintenanceClient(d.ActiveConnection()).Alarm(d.ctx, &pb.AlarmRequest{Action: 7})
			return err
		}(), codes.InvalidArgument},
	} {
		if status.Code(c.err) != c.want {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	if err := txn(&pb.TxnRequest{}); err != nil {
		t.Errorf("an empty transaction: %v", err)
	}
}

func TestAStoppedReplicaIsAClearError(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	watch := created(t, d.Watch(d.ctx, "k", clientv3.WithCreatedNotify()))
	d.put(t, "k", "v")
	take(t, watch, 1)
	d.single.stop()
	_, err := pb.NewKVClient(d.ActiveConnection()).Put(d.ctx, &pb.PutRequest{Key: []byte("k")})
	if status.Code(err) != codes.Unavailable || rpctypes.ErrorDesc(err) != "etcdserver: server stopped" {
		t.Fatal(err)
	}
}

func TestTheCallersDeadlineEndsAWaitWithoutHarmToTheNext(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	hold, entered := make(chan struct{}), make(chan struct{})
	d.single.Do(func(etcd.Replica) { close(entered); <-hold })
	<-entered
	ctx, cancel := context.WithCancel(d.ctx)
	refused := make(chan error)
	for range 10 {
		go func() {
			_, err := d.Put(ctx, "k", "late")
			refused <- err
		}()
	}
	cancel()
	for range 10 {
		if err := <-refused; err == nil {
			t.Error("a call ended well although the loop stood still")
		}
	}
	close(hold)
	for i := range 100 { // requests are used again: no answer may go astray
		if r := d.put(t, fmt.Sprint(i), "x", clientv3.WithPrevKV()); r.PrevKv != nil {
			t.Fatalf("the answer of another: %v", r)
		}
	}
}

func TestSnapshotIsADatabaseOfEtcdInItsEnvelope(t *testing.T) {
	scratch := t.TempDir()
	d := open(t, kv.Options{}, etcd.Options{Scratch: scratch})
	for i := range 100 {
		d.put(t, fmt.Sprint(i), strings.Repeat("x", 1000))
	}
	r := must(d.SnapshotWithVersion(d.ctx))(t)
	blob := must(io.ReadAll(r.Snapshot))(t)
	if len(blob)%512 != sha256.Size || r.Version == "" {
		t.Fatalf("%d bytes of version %q", len(blob), r.Version)
	}
	body := blob[:len(blob)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], blob[len(body):]) {
		t.Fatal("the hash is wrong")
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	db := must(bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true}))(t)
	defer db.Close()
	db.View(func(tx *bbolt.Tx) error {
		if n := tx.Bucket([]byte("key")).Stats().KeyN; n != 100 {
			t.Errorf("%d versions, want 100", n)
		}
		return nil
	})
	if left := must(os.ReadDir(scratch))(t); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}

func TestHTTPTellsHealthMetricsAndVersion(t *testing.T) {
	d := open(t, kv.Options{}, etcd.Options{})
	d.put(t, "k", "v")
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		d.server.HTTP().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	code, body := ask("/metrics")
	for _, want := range []string{
		"etcd_server_has_leader 1", "etcd_server_is_leader 1", "etcd_debugging_mvcc_keys_total 1",
		`grpc_server_handled_total{grpc_code="OK",grpc_method="Put",grpc_service="etcdserverpb.KV"} 1`,
	} {
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	var version map[string]string
	if _, body := ask("/version"); json.Unmarshal([]byte(body), &version) != nil || version["etcdserver"] != etcd.Version {
		t.Errorf("version %v", version)
	}
	if code, body := ask("/health"); code != http.StatusOK || !strings.Contains(body, `"health":"true"`) {
		t.Errorf("%d %s", code, body)
	}
	d.single.fail(rsm.ErrNoLeader)
	if code, body := ask("/health"); code != http.StatusServiceUnavailable || !strings.Contains(body, "no leader") {
		t.Errorf("%d %s", code, body)
	}
	health := must(healthpb.NewHealthClient(d.ActiveConnection()).Check(d.ctx, &healthpb.HealthCheckRequest{}))(t)
	if health.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("%v", health.Status)
	}
}
