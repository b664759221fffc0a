package etcd

import (
	"context"
	"slices"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"go.etcd.io/etcd/api/v3/version"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// maintenanceServer is the service Maintenance.
type maintenanceServer struct {
	*Server
	pb.UnsafeMaintenanceServer
}

// Version is what the door tells about itself: the API that it speaks.
var Version = version.Version + "+parley"

// Status describes this host, without asking any other.
func (s *maintenanceServer) Status(ctx context.Context, _ *pb.StatusRequest) (*pb.StatusResponse, error) {
	var replica rsm.Status
	reply, err := s.query(ctx, rsm.Serializable, func(r Replica) any {
		replica = r.Status()
		return r.Query(kv.GetStatus{})
	})
	if err != nil {
		return nil, err
	}
	store := reply.(*kv.Status)
	out := &pb.StatusResponse{
		Header: s.header(store.Revision), Version: Version, StorageVersion: version.Version,
		DbSize: store.Bytes, DbSizeInUse: store.Bytes, DbSizeQuota: store.Quota,
		Leader: s.leader.Load(), RaftTerm: replica.Epoch, IsLearner: replica.Role == rsm.Learning,
		RaftIndex: uint64(replica.Committed), RaftAppliedIndex: uint64(replica.Applied),
		DowngradeInfo: &pb.DowngradeInfo{},
	}
	if replica.Leader != "" { // who orders, where every replica takes submissions
		out.Leader = memberID(replica.Leader)
	}
	if out.Leader == 0 {
		out.Errors = append(out.Errors, rpctypes.ErrorDesc(rpctypes.ErrGRPCNoLeader))
	}
	for _, a := range alarms(store.Alarms) {
		out.Errors = append(out.Errors, a.String())
	}
	return out, nil
}

func alarms(in []kv.Alarm) (out []*pb.AlarmMember) {
	for _, a := range in {
		out = append(out, &pb.AlarmMember{MemberID: a.Member, Alarm: pb.AlarmType(a.Kind)})
	}
	return out
}

func (s *maintenanceServer) Alarm(ctx context.Context, in *pb.AlarmRequest) (*pb.AlarmResponse, error) {
	c := new(kv.Command)
	switch in.Action {
	case pb.AlarmRequest_GET:
		return s.listAlarms(ctx, in.Alarm)
	case pb.AlarmRequest_ACTIVATE:
		c.AlarmActivate = &kv.AlarmActivate{Kind: kv.AlarmKind(in.Alarm), Member: in.MemberID}
	case pb.AlarmRequest_DEACTIVATE:
		c.AlarmDeactivate = &kv.AlarmDeactivate{Kind: kv.AlarmKind(in.Alarm), Member: in.MemberID}
	default:
		return nil, status.Error(codes.InvalidArgument, "etcdserver: unknown alarm action")
	}
	r, err := s.propose(ctx, c)
	if err != nil {
		return nil, err
	}
	mine := &pb.AlarmMember{MemberID: in.MemberID, Alarm: in.Alarm}
	return &pb.AlarmResponse{Header: s.header(r.Revision), Alarms: []*pb.AlarmMember{mine}}, nil
}

func (s *maintenanceServer) listAlarms(ctx context.Context, kind pb.AlarmType) (*pb.AlarmResponse, error) {
	var at kv.Revision
	reply, err := s.query(ctx, s.options.ReadLevel, func(r Replica) any {
		at = s.store.Revision()
		return r.Query(kv.ListAlarms{})
	})
	if err != nil {
		return nil, err
	}
	listed := alarms(reply.([]kv.Alarm))
	if kind != pb.AlarmType_NONE {
		listed = slices.DeleteFunc(listed, func(a *pb.AlarmMember) bool { return a.Alarm != kind })
	}
	return &pb.AlarmResponse{Header: s.header(at), Alarms: listed}, nil
}

// Defragment does nothing and says so in the log: the store keeps its versions
// in memory, where nothing has to be moved together, and its snapshots have no
// holes.
func (s *maintenanceServer) Defragment(context.Context, *pb.DefragmentRequest) (*pb.DefragmentResponse, error) {
	s.log.Info("defragment: nothing to do, the store has no file that could have holes")
	return &pb.DefragmentResponse{Header: s.header(kv.Revision(s.revision.Load()))}, nil
}

func (s *maintenanceServer) MoveLeader(ctx context.Context, in *pb.MoveLeaderRequest) (*pb.MoveLeaderResponse, error) {
	if s.leader.Load() != s.self {
		return nil, rpctypes.ErrGRPCNotLeader
	}
	err := s.run(ctx, func(r Replica, done func(error)) {
		members := r.Status().Members
		at := slices.IndexFunc(members, hasID(in.TargetID))
		if at < 0 || members[at].Learner {
			done(rpctypes.ErrGRPCBadLeaderTransferee)
			return
		}
		r.Transfer(members[at].Addr, done)
	})
	if err != nil {
		return nil, err
	}
	return &pb.MoveLeaderResponse{Header: s.header(kv.Revision(s.revision.Load()))}, nil
}

// Downgrade is refused: there is no older format to go back to.
func (s *maintenanceServer) Downgrade(context.Context, *pb.DowngradeRequest) (*pb.DowngradeResponse, error) {
	return nil, status.Error(codes.Unimplemented, "etcdserver: downgrade is not supported")
}
