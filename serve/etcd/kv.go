package etcd

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// kvServer is the service KV.
type kvServer struct {
	*Server
	pb.UnsafeKVServer
}

func (s *Server) level(serializable bool) rsm.Level {
	if serializable {
		return rsm.Serializable
	}
	return s.options.ReadLevel
}

func (s *kvServer) Range(ctx context.Context, in *pb.RangeRequest) (*pb.RangeResponse, error) {
	if err := checkRange(in); err != nil {
		return nil, err
	}
	return s.rangeOver(ctx, in)
}

func (s *Server) rangeOver(ctx context.Context, in *pb.RangeRequest) (*pb.RangeResponse, error) {
	found, err := s.read(ctx, s.level(in.Serializable), rangeOf(in))
	if err != nil {
		return nil, err
	}
	return s.found(found)
}

func (s *Server) found(r *kv.RangeResult) (*pb.RangeResponse, error) {
	if r.Err != 0 {
		return nil, toGRPC(r.Err)
	}
	return s.rangeResponse(r, s.header(r.Revision)), nil
}

func (s *kvServer) Put(ctx context.Context, in *pb.PutRequest) (*pb.PutResponse, error) {
	if err := checkPut(in); err != nil {
		return nil, err
	}
	r, err := s.propose(ctx, &kv.Command{Put: putOf(in)})
	if err != nil {
		return nil, err
	}
	return putResponse(r.Put, s.header(r.Revision)), nil
}

func (s *kvServer) DeleteRange(ctx context.Context, in *pb.DeleteRangeRequest) (*pb.DeleteRangeResponse, error) {
	if len(in.Key) == 0 {
		return nil, rpctypes.ErrGRPCEmptyKey
	}
	r, err := s.propose(ctx, &kv.Command{DeleteRange: deleteOf(in)})
	if err != nil {
		return nil, err
	}
	return deleteResponse(r.DeleteRange, s.header(r.Revision)), nil
}

func (s *kvServer) Txn(ctx context.Context, in *pb.TxnRequest) (*pb.TxnResponse, error) {
	if err := checkTxn(in, kv.MaxTxnOps, kv.MaxTxnDepth); err != nil {
		return nil, err
	}
	r, err := s.runTxn(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.txnResponse(r.Txn, s.header(r.Revision)), nil
}

// runTxn has a transaction that only reads answered like a read.
func (s *kvServer) runTxn(ctx context.Context, in *pb.TxnRequest) (*kv.Result, error) {
	txn := txnOf(in)
	if !txn.ReadOnly() {
		return s.propose(ctx, &kv.Command{Txn: txn})
	}
	reply, err := s.query(ctx, s.level(serializable(in)), txn)
	if err != nil {
		return nil, err
	}
	r := reply.(*kv.Result)
	if r.Err != 0 {
		return nil, toGRPC(r.Err)
	}
	return r, nil
}

// Compact gives up the past. Physical needs nothing more: the memory that was
// the past's is free to be used again as the store goes on.
func (s *kvServer) Compact(ctx context.Context, in *pb.CompactionRequest) (*pb.CompactionResponse, error) {
	r, err := s.propose(ctx, &kv.Command{Compact: &kv.Compact{Revision: kv.Revision(in.Revision)}})
	if err != nil {
		return nil, err
	}
	return &pb.CompactionResponse{Header: s.header(r.Revision)}, nil
}
