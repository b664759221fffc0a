package etcd

import (
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// Results become responses. Slices are shared with the store, which nobody
// writes to; grpc only reads what it sends.

func fill(out *mvccpb.KeyValue, in *kv.KeyValue) *mvccpb.KeyValue {
	out.Key, out.Value, out.Lease, out.Version = in.Key, in.Value, int64(in.Lease), in.Version
	out.CreateRevision, out.ModRevision = int64(in.CreateRevision), int64(in.ModRevision)
	return out
}

func pair(in *kv.KeyValue) *mvccpb.KeyValue {
	if in == nil {
		return nil
	}
	return fill(new(mvccpb.KeyValue), in)
}

// pairs allocates all pairs at once.
func pairs(in []kv.KeyValue) []*mvccpb.KeyValue {
	if len(in) == 0 {
		return nil
	}
	room := make([]mvccpb.KeyValue, len(in))
	out := make([]*mvccpb.KeyValue, len(in))
	for i := range in {
		out[i] = fill(&room[i], &in[i])
	}
	return out
}

func (s *Server) rangeResponse(r *kv.RangeResult, h *pb.ResponseHeader) *pb.RangeResponse {
	return &pb.RangeResponse{Header: h, Kvs: pairs(r.KVs), More: r.More, Count: r.Count}
}

func putResponse(r *kv.PutResult, h *pb.ResponseHeader) *pb.PutResponse {
	return &pb.PutResponse{Header: h, PrevKv: pair(r.Prev)}
}

func deleteResponse(r *kv.Deleted, h *pb.ResponseHeader) *pb.DeleteRangeResponse {
	return &pb.DeleteRangeResponse{Header: h, Deleted: r.Count, PrevKvs: pairs(r.Prev)}
}

func (s *Server) txnResponse(r *kv.TxnResult, h *pb.ResponseHeader) *pb.TxnResponse {
	out := &pb.TxnResponse{Header: h, Succeeded: r.Succeeded, Responses: make([]*pb.ResponseOp, len(r.Results))}
	for i := range r.Results {
		out.Responses[i] = s.opResponse(&r.Results[i])
	}
	return out
}

// opResponse answers one operation. As with etcd its header has a
// revision only, and that of a nested transaction nothing.
func (s *Server) opResponse(r *kv.OpResult) *pb.ResponseOp {
	h := &pb.ResponseHeader{Revision: int64(r.Revision)}
	switch {
	case r.Range != nil:
		return &pb.ResponseOp{Response: &pb.ResponseOp_ResponseRange{ResponseRange: s.rangeResponse(r.Range, h)}}
	case r.Put != nil:
		return &pb.ResponseOp{Response: &pb.ResponseOp_ResponsePut{ResponsePut: putResponse(r.Put, h)}}
	case r.DeleteRange != nil:
		return &pb.ResponseOp{Response: &pb.ResponseOp_ResponseDeleteRange{ResponseDeleteRange: deleteResponse(r.DeleteRange, h)}}
	case r.Txn != nil:
		return &pb.ResponseOp{Response: &pb.ResponseOp_ResponseTxn{ResponseTxn: s.txnResponse(r.Txn, &pb.ResponseHeader{})}}
	}
	return &pb.ResponseOp{}
}
