package etcd

import (
	"context"
	"errors"
	"io"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// keepAliveWindow is how many renewals of one stream may be on their way.
const keepAliveWindow = 64

// LeaseKeepAlive renews leases through the log, several at a time, and answers
// in the order of the requests.
func (s *leaseServer) LeaseKeepAlive(stream grpc.BidiStreamingServer[pb.LeaseKeepAliveRequest, pb.LeaseKeepAliveResponse]) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	renewals := make(chan chan renewal, keepAliveWindow)
	ended := make(chan error, 1)
	go func() { ended <- s.receiveKeepAlives(ctx, stream, renewals) }()
	for {
		select {
		case next := <-renewals:
			if err := sendRenewal(ctx, stream, next); err != nil {
				return err
			}
		case err := <-ended:
			if err != nil {
				return err
			}
			return drainRenewals(ctx, stream, renewals)
		case <-ctx.Done():
			return streamError(ctx)
		}
	}
}

type renewal struct {
	response *pb.LeaseKeepAliveResponse
	err      error
}

type keepAlives interface {
	Recv() (*pb.LeaseKeepAliveRequest, error)
	Send(*pb.LeaseKeepAliveResponse) error
}

func (s *leaseServer) receiveKeepAlives(ctx context.Context, stream keepAlives, renewals chan<- chan renewal) error {
	for {
		in, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		next := make(chan renewal, 1)
		select {
		case renewals <- next:
		case <-ctx.Done():
			return streamError(ctx)
		}
		go func() { next <- s.renew(ctx, in.ID) }()
	}
}

func sendRenewal(ctx context.Context, stream keepAlives, next <-chan renewal) error {
	select {
	case r := <-next:
		if r.err != nil {
			return r.err
		}
		return stream.Send(r.response)
	case <-ctx.Done():
		return streamError(ctx)
	}
}

// drainRenewals answers what was asked before the client closed its side.
func drainRenewals(ctx context.Context, stream keepAlives, renewals <-chan chan renewal) error {
	for len(renewals) > 0 {
		if err := sendRenewal(ctx, stream, <-renewals); err != nil {
			return err
		}
	}
	return nil
}

// renew answers with a TTL of 0 if there is no such lease.
func (s *leaseServer) renew(ctx context.Context, id int64) renewal {
	r, err := s.propose(ctx, &kv.Command{LeaseKeepAlive: &kv.LeaseKeepAlive{ID: kv.LeaseID(id)}})
	if errors.Is(err, rpctypes.ErrGRPCLeaseNotFound) {
		return renewal{response: &pb.LeaseKeepAliveResponse{Header: s.header(r.Revision), ID: id}}
	}
	if err != nil {
		return renewal{err: err}
	}
	return renewal{response: &pb.LeaseKeepAliveResponse{Header: s.header(r.Revision), ID: id, TTL: r.Lease.TTL}}
}
