//go:build interop

package badday_test

import (
	"context"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/parleysystems/parley/interop/hosts"
)

// dial opens a bare connection, for clients that behave as clientv3 would not.
func dial(t *testing.T, h *hosts.Host, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(h.Client, append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the host may have hung up before
	return conn
}

func watchStream(ctx context.Context, conn *grpc.ClientConn) (pb.Watch_WatchClient, error) {
	return pb.NewWatchClient(conn).Watch(ctx)
}

// watchAll asks for everything under a prefix, from the beginning.
func watchAll(prefix string) *pb.WatchRequest {
	end := []byte(prefix)
	end[len(end)-1]++
	return &pb.WatchRequest{RequestUnion: &pb.WatchRequest_CreateRequest{CreateRequest: &pb.WatchCreateRequest{
		Key: []byte(prefix), RangeEnd: end, StartRevision: 1,
	}}}
}
