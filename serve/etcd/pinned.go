package etcd

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/version"
	"google.golang.org/grpc"

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

// The stream of Snapshot is cut into blobs of snapshotBlob bytes. Like etcd's it
// is padded to whole pages and ends in its SHA-256, so that etcdctl accepts and
// verifies it. What it holds is a snapshot of kv (see that package), which only
// Parley reads.
const (
	snapshotBlob = 32 << 10
	snapshotPage = 512
)

func (s *maintenanceServer) Snapshot(_ *pb.SnapshotRequest, out grpc.ServerStreamingServer[pb.SnapshotResponse]) error {
	pinned, err := s.pin(out.Context())
	if err != nil {
		return err
	}
	defer pinned.Release()
	size, err := pinned.WriteTo(io.Discard)
	if err != nil {
		return toGRPC(err)
	}
	padding := (snapshotPage - size%snapshotPage) % snapshotPage
	w := &snapshotStream{out: out, left: uint64(size + padding), sum: sha256.New()}
	if _, err := pinned.WriteTo(w); err != nil {
		return toGRPC(err)
	}
	if _, err := w.Write(make([]byte, padding)); err != nil {
		return toGRPC(err)
	}
	return w.end()
}

// snapshotStream cuts what is written to it into responses.
type snapshotStream struct {
	out  grpc.ServerStreamingServer[pb.SnapshotResponse]
	blob []byte // a response in the making; grpc keeps those that were sent
	left uint64 // bytes still to be sent, without the hash
	sum  hash.Hash
}

func (w *snapshotStream) Write(b []byte) (n int, err error) {
	for n < len(b) {
		if w.blob == nil {
			w.blob = make([]byte, 0, snapshotBlob)
		}
		part := b[n:min(len(b), n+snapshotBlob-len(w.blob))]
		w.blob = append(w.blob, part...)
		n += len(part)
		if len(w.blob) == snapshotBlob {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (w *snapshotStream) flush() error {
	w.sum.Write(w.blob)
	w.left -= uint64(len(w.blob))
	blob := w.blob
	w.blob = nil
	return w.out.Send(&pb.SnapshotResponse{RemainingBytes: w.left, Blob: blob, Version: version.Version})
}

// end sends what is left, and the hash.
func (w *snapshotStream) end() error {
	if len(w.blob) > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	return w.out.Send(&pb.SnapshotResponse{Blob: w.sum.Sum(nil), Version: version.Version})
}
