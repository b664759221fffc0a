package etcd

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// wideKeys is from how many keys on a range is read beside the loop: up to
// then it takes about as long as a batch of writes.
const wideKeys = 10_000

// read answers a range on the loop, or on a pinned state if that takes long.
func (s *Server) read(ctx context.Context, level rsm.Level, q *kv.Range) (*kv.RangeResult, error) {
	var question any = q
	if len(q.RangeEnd) > 0 && !q.CountOnly && (q.Limit <= 0 || q.Limit > wideKeys || q.SortOrder != kv.SortNone) {
		question = func(r Replica) any {
			if s.store.Len() > wideKeys && count(r, q) > wideKeys {
				return r.Query(kv.Pin{})
			}
			return r.Query(q)
		}
	}
	reply, err := s.query(ctx, level, question)
	if err != nil {
		return nil, err
	}
	if pinned, ok := reply.(*kv.Pinned); ok {
		defer pinned.Release()
		return pinned.Range(q), nil
	}
	return reply.(*kv.RangeResult), nil
}

// count returns the number of keys now: a hint, even for reads of the past.
func count(r Replica, q *kv.Range) int64 {
	return r.Query(&kv.Range{Key: q.Key, RangeEnd: q.RangeEnd, CountOnly: true}).(*kv.RangeResult).Count
}

// A piece of a RangeStream has at most so many pairs, and as many bytes unless
// a single pair has more.
const (
	pieceKeys  = 1000
	pieceBytes = 1 << 20
)

// RangeStream reads a range of one pinned state, piece by piece: neither host
// nor client needs room for the whole. The last piece carries the header, the
// count and whether there is more.
func (s *kvServer) RangeStream(in *pb.RangeRequest, out grpc.ServerStreamingServer[pb.RangeStreamResponse]) error {
	if err := checkRangeStream(in); err != nil {
		return err
	}
	reply, err := s.query(out.Context(), s.level(in.Serializable), kv.Pin{})
	if err != nil {
		return err
	}
	pinned := reply.(*kv.Pinned)
	defer pinned.Release()
	return s.sendPieces(pinned, rangeOf(in), out)
}

func (s *kvServer) sendPieces(pinned *kv.Pinned, q *kv.Range, out grpc.ServerStreamingServer[pb.RangeStreamResponse]) error {
	whole := *q
	whole.CountOnly = true
	total := pinned.Range(&whole)
	if total.Err != 0 {
		return toGRPC(total.Err)
	}
	send := func(r *kv.RangeResult, h *pb.ResponseHeader) error {
		return out.Send(&pb.RangeStreamResponse{RangeResponse: s.rangeResponse(r, h)})
	}
	last := s.header(total.Revision)
	if q.CountOnly {
		return send(total, last)
	}
	for left := q.Limit; ; {
		q.Limit = pieceKeys
		if left > 0 {
			q.Limit = min(left, pieceKeys)
		}
		found := pinned.Range(q)
		n := fitting(found.KVs)
		cut := n < len(found.KVs)
		found.KVs, found.Count = found.KVs[:n], 0
		end := !cut && (!found.More || left == int64(n)) // of the range, or of what the client wants
		if end {
			found.Count = total.Count
			return send(found, last)
		}
		found.More = false
		if err := send(found, nil); err != nil {
			return err
		}
		q.Key = append(append([]byte(nil), found.KVs[n-1].Key...), 0)
		if left > 0 {
			left -= int64(n)
		}
	}
}

// fitting returns how many pairs go into a piece.
func fitting(kvs []kv.KeyValue) int {
	bytes := 0
	for i := range kvs {
		if bytes += len(kvs[i].Key) + len(kvs[i].Value); bytes > pieceBytes && i > 0 {
			return i
		}
	}
	return len(kvs)
}
