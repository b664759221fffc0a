package etcd

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/version"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/serve/etcd/backend"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Snapshot sends the store as the database of an etcd member (package backend). A
// database can only be written as a file, so it is written beside the host's data
// first; one at a time, since each takes the room of the whole store.
func (s *maintenanceServer) Snapshot(_ *pb.SnapshotRequest, out grpc.ServerStreamingServer[pb.SnapshotResponse]) error {
	select {
	case s.snapshots <- struct{}{}:
		defer func() { <-s.snapshots }()
	case <-out.Context().Done():
		return out.Context().Err()
	}
	file, err := s.database(out.Context())
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return status.Errorf(codes.Internal, "etcdserver: the snapshot's file: %v", err)
	}
	w := &snapshotStream{out: out, left: uint64(info.Size()), sum: sha256.New()}
	if _, err := io.Copy(struct{ io.Writer }{w}, file); err != nil {
		return err
	}
	return w.end()
}

// database writes this host's state as it is to a file that has no name any more.
func (s *maintenanceServer) database(ctx context.Context) (*os.File, error) {
	var at rsm.Status
	reply, err := s.query(ctx, rsm.Serializable, func(r Replica) any {
		at = r.Status()
		return r.Query(kv.Pin{})
	})
	if err != nil {
		return nil, err
	}
	pinned := reply.(*kv.Pinned)
	defer pinned.Release()
	dir, err := os.MkdirTemp(s.options.Scratch, "snapshot-")
	if err != nil {
		return nil, status.Errorf(codes.Internal, "etcdserver: no place for the snapshot: %v", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "db")
	if err := backend.Write(path, pinned, progressOf(at)); err != nil {
		return nil, status.Errorf(codes.Internal, "etcdserver: %v", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "etcdserver: %v", fmt.Errorf("read the snapshot back: %w", err))
	}
	return file, nil
}

func progressOf(at rsm.Status) backend.Progress {
	p := backend.Progress{Index: uint64(at.Applied), Term: at.Epoch}
	for _, m := range at.Members {
		if !m.Learner {
			p.Voters = append(p.Voters, memberID(m.Addr))
		}
	}
	return p
}

// snapshotBlob is into what pieces the stream of Snapshot is cut. It ends in the
// SHA-256 of all before.
const snapshotBlob = 32 << 10

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
