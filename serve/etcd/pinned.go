package etcd

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// What takes long is done on a pinned state, beside the loop.

// pin returns this host's state as it is. The caller releases it.
func (s *Server) pin(ctx context.Context) (*kv.Pinned, error) {
	reply, err := s.query(ctx, rsm.Serializable, kv.Pin{})
	if err != nil {
		return nil, err
	}
	return reply.(*kv.Pinned), nil
}

// HashKV hashes what can be read at a revision. The hash compares hosts of this
// cluster with one another, not with etcd.
func (s *maintenanceServer) HashKV(ctx context.Context, in *pb.HashKVRequest) (*pb.HashKVResponse, error) {
	r, err := s.hash(ctx, kv.Revision(in.Revision))
	if err != nil {
		return nil, err
	}
	return &pb.HashKVResponse{
		Header: s.header(r.StoreRevision), Hash: r.Hash,
		CompactRevision: int64(r.CompactRevision), HashRevision: int64(r.Revision),
	}, nil
}

// Hash hashes all that can be read now.
func (s *maintenanceServer) Hash(ctx context.Context, _ *pb.HashRequest) (*pb.HashResponse, error) {
	r, err := s.hash(ctx, 0)
	if err != nil {
		return nil, err
	}
	return &pb.HashResponse{Header: s.header(r.StoreRevision), Hash: r.Hash}, nil
}

func (s *maintenanceServer) hash(ctx context.Context, at kv.Revision) (*kv.HashResult, error) {
	pinned, err := s.pin(ctx)
	if err != nil {
		return nil, err
	}
	defer pinned.Release()
	r := pinned.HashKV(&kv.HashKV{Revision: at})
	if r.Err != 0 {
		return nil, toGRPC(r.Err)
	}
	return r, nil
}
