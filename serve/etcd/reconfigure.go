package etcd

import (
	"context"
	"errors"
	"net/url"
	"slices"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// change is a change of the membership: it returns the new one.
type change func(members []rsm.Member) ([]rsm.Member, error)

// reconfigure reads the membership, changes it and waits for the decision.
func (s *clusterServer) reconfigure(ctx context.Context, f change) ([]*pb.Member, *pb.ResponseHeader, error) {
	members, h, err := s.members(ctx, rsm.Linearizable)
	if err != nil {
		return nil, nil, err
	}
	if members, err = f(members); err != nil {
		return nil, nil, err
	}
	if err := s.run(ctx, func(r Replica, done func(error)) { r.Reconfigure(members, done) }); err != nil {
		return nil, nil, err
	}
	return s.describe(members), h, nil
}

func (s *clusterServer) MemberAdd(ctx context.Context, in *pb.MemberAddRequest) (*pb.MemberAddResponse, error) {
	host, err := s.hostOf(in.PeerURLs)
	if err != nil {
		return nil, err
	}
	added := rsm.Member{Addr: host.Addr, Learner: in.IsLearner}
	members, h, err := s.reconfigure(ctx, func(members []rsm.Member) ([]rsm.Member, error) {
		if slices.ContainsFunc(members, hasAddr(host.Addr)) {
			return nil, rpctypes.ErrGRPCPeerURLExist
		}
		return append(members, added), nil
	})
	if err != nil {
		return nil, err
	}
	return &pb.MemberAddResponse{Header: h, Member: s.describeMember(added), Members: members}, nil
}

// hostOf finds the host that listens for its peers at one of the URLs.
func (s *clusterServer) hostOf(urls []string) (*Member, error) {
	for _, u := range urls {
		parsed, err := url.Parse(u)
		if err != nil || parsed.Host == "" {
			return nil, rpctypes.ErrGRPCMemberBadURLs
		}
	}
	if len(urls) == 0 {
		return nil, rpctypes.ErrGRPCMemberBadURLs
	}
	host, ok := s.configured(func(m *Member) bool {
		return slices.ContainsFunc(m.PeerURLs, func(u string) bool { return slices.Contains(urls, u) })
	})
	if !ok {
		return nil, status.Errorf(codes.FailedPrecondition,
			"etcdserver: no host is configured with peer URL %v; name it in the configuration of all hosts first", urls)
	}
	return host, nil
}

func hasAddr(a node.Addr) func(rsm.Member) bool {
	return func(m rsm.Member) bool { return m.Addr == a }
}

func hasID(id uint64) func(rsm.Member) bool {
	return func(m rsm.Member) bool { return memberID(m.Addr) == id }
}

func (s *clusterServer) MemberRemove(ctx context.Context, in *pb.MemberRemoveRequest) (*pb.MemberRemoveResponse, error) {
	members, h, err := s.reconfigure(ctx, func(members []rsm.Member) ([]rsm.Member, error) {
		left := slices.DeleteFunc(slices.Clone(members), hasID(in.ID))
		if len(left) == len(members) {
			return nil, rpctypes.ErrGRPCMemberNotFound
		}
		if !slices.ContainsFunc(left, func(m rsm.Member) bool { return !m.Learner }) {
			return nil, rpctypes.ErrGRPCMemberNotEnoughStarted
		}
		return left, nil
	})
	if err != nil {
		return nil, err
	}
	return &pb.MemberRemoveResponse{Header: h, Members: members}, nil
}

func (s *clusterServer) MemberPromote(ctx context.Context, in *pb.MemberPromoteRequest) (*pb.MemberPromoteResponse, error) {
	members, h, err := s.reconfigure(ctx, func(members []rsm.Member) ([]rsm.Member, error) {
		at := slices.IndexFunc(members, hasID(in.ID))
		switch {
		case at < 0:
			return nil, rpctypes.ErrGRPCMemberNotFound
		case !members[at].Learner:
			return nil, rpctypes.ErrGRPCMemberNotLearner
		}
		members[at].Learner = false
		return members, nil
	})
	if errors.Is(err, errRefused) {
		return nil, rpctypes.ErrGRPCLearnerNotReady
	}
	if err != nil {
		return nil, err
	}
	return &pb.MemberPromoteResponse{Header: h, Members: members}, nil
}

// MemberUpdate is refused: URLs are the configuration's.
func (s *clusterServer) MemberUpdate(context.Context, *pb.MemberUpdateRequest) (*pb.MemberUpdateResponse, error) {
	return nil, status.Error(codes.Unimplemented, "etcdserver: peer URLs are set in the configuration of the hosts, not here")
}
