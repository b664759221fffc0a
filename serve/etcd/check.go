package etcd

import (
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The store checks every command itself. What is checked here would not survive
// the translation into one, or has a text of its own at this door.

func checkRange(in *pb.RangeRequest) error {
	if len(in.GetKey()) == 0 {
		return rpctypes.ErrGRPCEmptyKey
	}
	_, order := pb.RangeRequest_SortOrder_name[int32(in.SortOrder)]
	_, target := pb.RangeRequest_SortTarget_name[int32(in.SortTarget)]
	if !order || !target {
		return rpctypes.ErrGRPCInvalidSortOption
	}
	return nil
}

func checkRangeStream(in *pb.RangeRequest) error {
	if err := checkRange(in); err != nil {
		return err
	}
	switch {
	case in.SortOrder == pb.RangeRequest_DESCEND, in.SortOrder != pb.RangeRequest_NONE && in.SortTarget != pb.RangeRequest_KEY:
		return status.Error(codes.Unimplemented, "RangeStream does not support custom sort orders")
	case in.MinModRevision != 0 || in.MaxModRevision != 0 || in.MinCreateRevision != 0 || in.MaxCreateRevision != 0:
		return status.Error(codes.Unimplemented, "RangeStream does not support revision filters")
	}
	return nil
}

func checkPut(in *pb.PutRequest) error {
	switch {
	case len(in.GetKey()) == 0:
		return rpctypes.ErrGRPCEmptyKey
	case in.IgnoreValue && len(in.Value) > 0:
		return rpctypes.ErrGRPCValueProvided
	case in.IgnoreLease && in.Lease != 0:
		return rpctypes.ErrGRPCLeaseProvided
	}
	return nil
}

func checkTxn(in *pb.TxnRequest, most, depth int) error {
	n := max(len(in.GetCompare()), len(in.GetSuccess()), len(in.GetFailure()))
	if n > most || depth == 0 {
		return rpctypes.ErrGRPCTooManyOps
	}
	for _, c := range in.GetCompare() {
		if err := checkCompare(c); err != nil {
			return err
		}
	}
	for _, ops := range [][]*pb.RequestOp{in.GetSuccess(), in.GetFailure()} {
		for _, op := range ops {
			if err := checkOp(op, most-n, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkCompare(c *pb.Compare) error {
	_, target := pb.Compare_CompareTarget_name[int32(c.GetTarget())]
	_, result := pb.Compare_CompareResult_name[int32(c.GetResult())]
	switch {
	case len(c.GetKey()) == 0:
		return rpctypes.ErrGRPCEmptyKey
	case !target || !result:
		return status.Error(codes.InvalidArgument, "etcdserver: unknown comparison")
	}
	return nil
}

func checkOp(op *pb.RequestOp, most, depth int) error {
	switch r := op.GetRequest().(type) {
	case *pb.RequestOp_RequestRange:
		return checkRange(r.RequestRange)
	case *pb.RequestOp_RequestPut:
		return checkPut(r.RequestPut)
	case *pb.RequestOp_RequestDeleteRange:
		if len(r.RequestDeleteRange.GetKey()) == 0 {
			return rpctypes.ErrGRPCEmptyKey
		}
		return nil
	case *pb.RequestOp_RequestTxn:
		return checkTxn(r.RequestTxn, most, depth-1)
	}
	return rpctypes.ErrGRPCKeyNotFound // etcd's answer to an empty operation
}

// serializable tells whether all reads of a transaction asked for no more.
func serializable(in *pb.TxnRequest) bool {
	for _, ops := range [][]*pb.RequestOp{in.Success, in.Failure} {
		for _, op := range ops {
			r, isRange := op.Request.(*pb.RequestOp_RequestRange)
			t, isTxn := op.Request.(*pb.RequestOp_RequestTxn)
			if isRange && !r.RequestRange.Serializable || isTxn && !serializable(t.RequestTxn) {
				return false
			}
		}
	}
	return true
}
