package etcd

import (
	"context"
	"errors"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// byRefusal gives each refusal of the store the status that etcd's clients
// match on, text and code.
var byRefusal = map[kv.Refusal]error{
	kv.ErrMalformed:        status.Error(codes.InvalidArgument, "etcdserver: malformed request"),
	kv.ErrEmptyKey:         rpctypes.ErrGRPCEmptyKey,
	kv.ErrKeyNotFound:      rpctypes.ErrGRPCKeyNotFound,
	kv.ErrValueProvided:    rpctypes.ErrGRPCValueProvided,
	kv.ErrLeaseProvided:    rpctypes.ErrGRPCLeaseProvided,
	kv.ErrTooManyOps:       rpctypes.ErrGRPCTooManyOps,
	kv.ErrDuplicateKey:     rpctypes.ErrGRPCDuplicateKey,
	kv.ErrCompacted:        rpctypes.ErrGRPCCompacted,
	kv.ErrFutureRevision:   rpctypes.ErrGRPCFutureRev,
	kv.ErrNoSpace:          rpctypes.ErrGRPCNoSpace,
	kv.ErrCorrupt:          rpctypes.ErrGRPCCorrupt,
	kv.ErrLeaseNotFound:    rpctypes.ErrGRPCLeaseNotFound,
	kv.ErrLeaseExists:      rpctypes.ErrGRPCLeaseExist,
	kv.ErrLeaseTTLTooLarge: rpctypes.ErrGRPCLeaseTTLTooLarge,
	kv.ErrAnswerTooLarge:   status.Error(codes.ResourceExhausted, "etcdserver: request was executed, but its response is too large"),
}

// bySentinel does the same for what the replica and its host say.
var bySentinel = []struct{ is, as error }{
	{rsm.ErrUnknown, rpctypes.ErrGRPCTimeout},
	{rsm.ErrSessionExpired, rpctypes.ErrGRPCTimeout},
	{rsm.ErrBusy, rpctypes.ErrGRPCRequestTooManyRequests},
	{rsm.ErrNoLeader, rpctypes.ErrGRPCNoLeader},
	{rsm.ErrNotLeader, rpctypes.ErrGRPCNotLeader},
	{rsm.ErrTooLarge, rpctypes.ErrGRPCRequestTooLarge},
	{rsm.ErrRefused, errRefused},
	{live.ErrStopped, rpctypes.ErrGRPCStopped},
	{context.Canceled, rpctypes.ErrGRPCCanceled},
	{context.DeadlineExceeded, rpctypes.ErrGRPCDeadlineExceeded},
}

// errRefused has no counterpart in etcd: the replicas cannot do that now, or not
// at all.
var errRefused = status.Error(codes.FailedPrecondition, "etcdserver: the cluster refused the change")

// toGRPC returns err as a client knows it.
//
// Of those that a write can meet, Unavailable "request timed out" and the
// caller's own deadline leave open whether it was executed. All others say
// that it was not.
func toGRPC(err error) error {
	if _, done := status.FromError(err); done {
		return err
	}
	var refusal kv.Refusal
	if errors.As(err, &refusal) {
		if known, ok := byRefusal[refusal]; ok {
			return known
		}
	}
	for _, s := range bySentinel {
		if errors.Is(err, s.is) {
			return s.as
		}
	}
	return status.Error(codes.Unknown, err.Error())
}
