package etcd

import (
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// Requests become commands and questions of the store. They were checked; their
// slices are shared.

func rangeOf(in *pb.RangeRequest) *kv.Range {
	return &kv.Range{
		Key: in.Key, RangeEnd: in.RangeEnd, Limit: in.Limit, Revision: kv.Revision(in.Revision),
		SortOrder: kv.SortOrder(in.SortOrder), SortTarget: kv.SortTarget(in.SortTarget),
		KeysOnly: in.KeysOnly, CountOnly: in.CountOnly,
		MinModRevision: kv.Revision(in.MinModRevision), MaxModRevision: kv.Revision(in.MaxModRevision),
		MinCreateRevision: kv.Revision(in.MinCreateRevision), MaxCreateRevision: kv.Revision(in.MaxCreateRevision),
	}
}

func putOf(in *pb.PutRequest) *kv.Put {
	return &kv.Put{
		Key: in.Key, Value: in.Value, Lease: kv.LeaseID(in.Lease),
		PrevKV: in.PrevKv, IgnoreValue: in.IgnoreValue, IgnoreLease: in.IgnoreLease,
	}
}

func deleteOf(in *pb.DeleteRangeRequest) *kv.DeleteRange {
	return &kv.DeleteRange{Key: in.Key, RangeEnd: in.RangeEnd, PrevKV: in.PrevKv}
}

func txnOf(in *pb.TxnRequest) *kv.Txn {
	t := &kv.Txn{Success: opsOf(in.Success), Failure: opsOf(in.Failure)}
	if len(in.Compare) > 0 {
		t.Compare = make([]kv.Compare, len(in.Compare))
	}
	for i, c := range in.Compare {
		t.Compare[i] = compareOf(c)
	}
	return t
}

func opsOf(in []*pb.RequestOp) []kv.Op {
	if len(in) == 0 {
		return nil
	}
	ops := make([]kv.Op, len(in))
	for i, op := range in {
		switch r := op.Request.(type) {
		case *pb.RequestOp_RequestRange:
			ops[i].Range = rangeOf(r.RequestRange)
		case *pb.RequestOp_RequestPut:
			ops[i].Put = putOf(r.RequestPut)
		case *pb.RequestOp_RequestDeleteRange:
			ops[i].DeleteRange = deleteOf(r.RequestDeleteRange)
		case *pb.RequestOp_RequestTxn:
			ops[i].Txn = txnOf(r.RequestTxn)
		}
	}
	return ops
}

// The enumerations of both sides, spelt out: they are numbered differently.
var (
	relations = map[pb.Compare_CompareResult]kv.Relation{
		pb.Compare_EQUAL: kv.Equal, pb.Compare_GREATER: kv.Greater,
		pb.Compare_LESS: kv.Less, pb.Compare_NOT_EQUAL: kv.NotEqual,
	}
	targets = map[pb.Compare_CompareTarget]kv.CompareTarget{
		pb.Compare_VERSION: kv.CompareVersion, pb.Compare_CREATE: kv.CompareCreate,
		pb.Compare_MOD: kv.CompareMod, pb.Compare_VALUE: kv.CompareValue, pb.Compare_LEASE: kv.CompareLease,
	}
)

// compareOf takes the operand that belongs to the target; another one counts as
// none, as with etcd.
func compareOf(in *pb.Compare) kv.Compare {
	c := kv.Compare{Key: in.Key, RangeEnd: in.RangeEnd, Target: targets[in.Target], Relation: relations[in.Result]}
	switch in.Target {
	case pb.Compare_VERSION:
		c.Number = in.GetVersion()
	case pb.Compare_CREATE:
		c.Number = in.GetCreateRevision()
	case pb.Compare_MOD:
		c.Number = in.GetModRevision()
	case pb.Compare_LEASE:
		c.Number = in.GetLease()
	case pb.Compare_VALUE:
		c.Value = in.GetValue()
	}
	return c
}
