package etcd

import (
	"context"
	"math/rand/v2"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// leaseServer is the service Lease.
type leaseServer struct {
	*Server
	pb.UnsafeLeaseServer
}

func (s *leaseServer) LeaseGrant(ctx context.Context, in *pb.LeaseGrantRequest) (*pb.LeaseGrantResponse, error) {
	id := in.ID
	for id == 0 {
		id = rand.Int64()
	}
	r, err := s.propose(ctx, &kv.Command{LeaseGrant: &kv.LeaseGrant{ID: kv.LeaseID(id), TTL: in.TTL}})
	if err != nil {
		return nil, err
	}
	return &pb.LeaseGrantResponse{Header: s.header(r.Revision), ID: id, TTL: r.Lease.TTL}, nil
}

func (s *leaseServer) LeaseRevoke(ctx context.Context, in *pb.LeaseRevokeRequest) (*pb.LeaseRevokeResponse, error) {
	r, err := s.propose(ctx, &kv.Command{LeaseRevoke: &kv.LeaseRevoke{ID: kv.LeaseID(in.ID)}})
	if err != nil {
		return nil, err
	}
	return &pb.LeaseRevokeResponse{Header: s.header(r.Revision)}, nil
}

func (s *leaseServer) LeaseTimeToLive(ctx context.Context, in *pb.LeaseTimeToLiveRequest) (*pb.LeaseTimeToLiveResponse, error) {
	id, left := kv.LeaseID(in.ID), int64(0)
	reply, err := s.query(ctx, s.options.ReadLevel, func(r Replica) any {
		left = int64(s.steward.Remaining(id) / time.Second)
		return r.Query(&kv.TimeToLive{ID: id, Keys: in.Keys})
	})
	if err != nil {
		return nil, err
	}
	l := reply.(*kv.LeaseStatus)
	out := &pb.LeaseTimeToLiveResponse{Header: s.header(l.Revision), ID: in.ID, TTL: -1}
	if l.Err == 0 {
		out.GrantedTTL, out.Keys, out.TTL = l.TTL, l.Keys, left
	}
	return out, nil
}

func (s *leaseServer) LeaseLeases(ctx context.Context, _ *pb.LeaseLeasesRequest) (*pb.LeaseLeasesResponse, error) {
	var at kv.Revision
	reply, err := s.query(ctx, s.options.ReadLevel, func(r Replica) any {
		at = s.store.Revision()
		return r.Query(kv.ListLeases{})
	})
	if err != nil {
		return nil, err
	}
	out := &pb.LeaseLeasesResponse{Header: s.header(at)}
	for _, id := range reply.([]kv.LeaseID) {
		out.Leases = append(out.Leases, &pb.LeaseStatus{ID: int64(id)})
	}
	return out, nil
}
