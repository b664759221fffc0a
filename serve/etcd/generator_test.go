package etcd_test

import (
	"math/rand/v2"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/protobuf/proto"
)

// generator draws requests about few keys, so that they meet.
type generator struct {
	*rand.Rand
	revision int64 // the newest that was seen
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) key() []byte {
	if g.IntN(40) == 0 {
		return nil
	}
	return []byte{byte('a' + g.IntN(6))}
}

func (g *generator) end() []byte {
	return pick(g, nil, nil, nil, []byte{0}, []byte("b"), []byte("d"), []byte("f"), []byte("zz"))
}

func (g *generator) value() []byte   { return pick(g, nil, []byte("x"), []byte("yy"), []byte("zzz")) }
func (g *generator) lease() int64    { return pick[int64](g, 0, 0, 0, 11, 12, 99) }
func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

// near returns a revision: mostly none, else around the newest, or far off.
func (g *generator) near() int64 {
	return pick(g, 0, 0, 0, g.revision+int64(g.IntN(3))-1, int64(g.IntN(int(g.revision)+2)), -1)
}

func (g *generator) bound() int64 { return pick(g, 0, 0, 0, g.revision-int64(g.IntN(20))) }

// read leaves out what etcd does in an order of its own: equal sort keys, a
// limit before sorting, and keys_only, for which 3.7 forgets the lease.
func (g *generator) read() *pb.RangeRequest {
	return &pb.RangeRequest{
		Key: g.key(), RangeEnd: g.end(), Limit: pick[int64](g, 0, 0, 1, 2, -1), Revision: g.near(),
		SortOrder: pb.RangeRequest_SortOrder(g.IntN(3)), SortTarget: pb.RangeRequest_KEY,
		CountOnly: g.one(5), Serializable: g.one(2),
		MinModRevision: g.bound(), MaxModRevision: g.bound(), MinCreateRevision: g.bound(), MaxCreateRevision: g.bound(),
	}
}

func (g *generator) put() *pb.PutRequest {
	return &pb.PutRequest{
		Key: g.key(), Value: g.value(), Lease: g.lease(),
		PrevKv: g.one(3), IgnoreValue: g.one(8), IgnoreLease: g.one(8),
	}
}

func (g *generator) remove() *pb.DeleteRangeRequest {
	return &pb.DeleteRangeRequest{Key: g.key(), RangeEnd: g.end(), PrevKv: g.one(2)}
}

func (g *generator) compare() *pb.Compare {
	c := &pb.Compare{
		Key: g.key(), RangeEnd: g.end(),
		Result: pb.Compare_CompareResult(g.IntN(4)), Target: pb.Compare_CompareTarget(g.IntN(5)),
	}
	operand := c.Target
	if g.one(10) {
		operand = pb.Compare_CompareTarget(g.IntN(5)) // of another target: counts as none
	}
	switch operand {
	case pb.Compare_VERSION:
		c.TargetUnion = &pb.Compare_Version{Version: int64(g.IntN(4))}
	case pb.Compare_CREATE:
		c.TargetUnion = &pb.Compare_CreateRevision{CreateRevision: g.revision - int64(g.IntN(9))}
	case pb.Compare_MOD:
		c.TargetUnion = &pb.Compare_ModRevision{ModRevision: g.revision - int64(g.IntN(9))}
	case pb.Compare_VALUE:
		c.TargetUnion = &pb.Compare_Value{Value: g.value()}
	case pb.Compare_LEASE:
		c.TargetUnion = &pb.Compare_Lease{Lease: g.lease()}
	}
	return c
}

// txn nests as deep as it is told. Deletions have an upper end and nested
// transactions are alone in their list: see overlooked.
func (g *generator) txn(depth int) *pb.TxnRequest {
	t := &pb.TxnRequest{Success: g.ops(depth), Failure: g.ops(depth)}
	for range g.IntN(3) {
		t.Compare = append(t.Compare, g.compare())
	}
	return t
}

func (g *generator) ops(depth int) (ops []*pb.RequestOp) {
	if depth > 0 && g.one(4) {
		return []*pb.RequestOp{{Request: &pb.RequestOp_RequestTxn{RequestTxn: g.txn(depth - 1)}}}
	}
	for range g.IntN(4) {
		op := &pb.RequestOp{}
		switch g.IntN(8) {
		case 0, 1:
			op.Request = &pb.RequestOp_RequestRange{RequestRange: g.read()}
		case 2:
			d := g.remove()
			if string(d.RangeEnd) == "\x00" {
				d.RangeEnd = nil
			}
			op.Request = &pb.RequestOp_RequestDeleteRange{RequestDeleteRange: d}
		case 3:
			if g.one(4) {
				break // an operation without a request
			}
			fallthrough
		default:
			op.Request = &pb.RequestOp_RequestPut{RequestPut: g.put()}
		}
		ops = append(ops, op)
	}
	return ops
}

func (g *generator) request() proto.Message {
	switch n := g.IntN(40); {
	case n < 12:
		return g.put()
	case n < 20:
		return g.read()
	case n < 22:
		return g.remove()
	case n < 32:
		return g.txn(2)
	case n < 33:
		return &pb.CompactionRequest{Revision: g.revision + 2 - int64(g.IntN(30)), Physical: true}
	case n < 36:
		return &pb.LeaseGrantRequest{ID: pick[int64](g, 11, 12, 13), TTL: pick[int64](g, 1000, 2000, 9_000_000_001)}
	case n < 38:
		return &pb.LeaseRevokeRequest{ID: pick[int64](g, 11, 12, 13, 99)}
	}
	return &pb.LeaseTimeToLiveRequest{ID: pick[int64](g, 11, 12, 13, 99), Keys: true}
}
