package etcd

import (
	"context"
	"slices"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// clusterServer is the service Cluster. Names and URLs of members come from the
// configuration of the hosts (Options.Members); who is a member and who votes
// is decided by the replicas.
type clusterServer struct {
	*Server
	pb.UnsafeClusterServer
}

func (s *clusterServer) MemberList(ctx context.Context, in *pb.MemberListRequest) (*pb.MemberListResponse, error) {
	members, h, err := s.members(ctx, s.level(!in.Linearizable))
	if err != nil {
		return nil, err
	}
	return &pb.MemberListResponse{Header: h, Members: s.describe(members)}, nil
}

// members returns who the members are, as fresh as level says.
func (s *clusterServer) members(ctx context.Context, level rsm.Level) ([]rsm.Member, *pb.ResponseHeader, error) {
	var h *pb.ResponseHeader
	reply, err := s.query(ctx, level, func(r Replica) any {
		h = s.header(s.store.Revision())
		return slices.Clone(r.Status().Members)
	})
	if err != nil {
		return nil, nil, err
	}
	return reply.([]rsm.Member), h, nil
}

func (s *Server) describe(members []rsm.Member) (out []*pb.Member) {
	for _, m := range members {
		out = append(out, s.describeMember(m))
	}
	return out
}

func (s *Server) describeMember(m rsm.Member) *pb.Member {
	out := &pb.Member{ID: memberID(m.Addr), Name: m.Addr.Host(), IsLearner: m.Learner}
	if known, ok := s.configured(func(k *Member) bool { return k.Addr == m.Addr }); ok {
		out.Name, out.PeerURLs, out.ClientURLs = known.Name, known.PeerURLs, known.ClientURLs
	}
	return out
}

// configured finds a host in the configuration.
func (s *Server) configured(is func(*Member) bool) (*Member, bool) {
	for i := range s.options.Members {
		if is(&s.options.Members[i]) {
			return &s.options.Members[i], true
		}
	}
	return nil, false
}

// run starts something on the loop and waits until it is done.
func (s *Server) run(ctx context.Context, start func(Replica, func(error))) error {
	done := make(chan error, 1)
	err := s.loop.Do(func(r Replica) { start(r, func(err error) { done <- err }) })
	if err != nil {
		return rpctypes.ErrGRPCStopped
	}
	select {
	case err := <-done:
		if err == nil {
			return nil
		}
		return toGRPC(err)
	case <-ctx.Done():
		return toGRPC(ctx.Err())
	case <-s.loop.Done():
		return rpctypes.ErrGRPCStopped
	}
}
