package etcd

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// authServer is the service Auth of a cluster without users: who may connect is
// decided by the credentials of the connection. Clients that offer a name and a
// password are told that none is asked for, and go on without.
type authServer struct {
	*Server
	pb.UnimplementedAuthServer
}

func (s *authServer) AuthStatus(context.Context, *pb.AuthStatusRequest) (*pb.AuthStatusResponse, error) {
	return &pb.AuthStatusResponse{Header: s.header(kv.Revision(s.revision.Load()))}, nil
}

func (s *authServer) Authenticate(context.Context, *pb.AuthenticateRequest) (*pb.AuthenticateResponse, error) {
	return nil, rpctypes.ErrGRPCAuthNotEnabled
}

func (s *authServer) AuthEnable(context.Context, *pb.AuthEnableRequest) (*pb.AuthEnableResponse, error) {
	return nil, status.Error(codes.Unimplemented, "etcdserver: there are no users here; give clients certificates instead")
}
