package etcd

import (
	"context"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// streams are those whose clients want to be cut off when there is no leader.
type streams struct {
	mu   sync.Mutex
	open map[context.Context]context.CancelCauseFunc
}

func (t *streams) add(ctx context.Context, cancel context.CancelCauseFunc) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = make(map[context.Context]context.CancelCauseFunc)
	}
	t.open[ctx] = cancel
}

func (t *streams) remove(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, ctx)
}

func (t *streams) check(lost bool) {
	if !lost {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, cancel := range t.open {
		cancel(rpctypes.ErrGRPCNoLeader)
	}
}

// requiresLeader tells whether the client would rather have an error than wait
// for a leader.
func requiresLeader(ctx context.Context) bool {
	md, ok := metadata.FromIncomingContext(ctx)
	if !ok {
		return false
	}
	v := md.Get(rpctypes.MetadataRequireLeaderKey)
	return len(v) > 0 && v[0] == rpctypes.MetadataHasLeader
}

// mayServe refuses a call whose client requires a leader while there is none.
func (s *Server) mayServe(requires bool) error {
	if requires && s.leader.Load() == 0 {
		return rpctypes.ErrGRPCNoLeader
	}
	return nil
}

func (s *Server) checkUnary(ctx context.Context, in any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if err := s.mayServe(requiresLeader(ctx)); err != nil {
		return nil, err
	}
	begin := time.Now()
	out, err := next(ctx, in)
	s.metrics.observe(info.FullMethod, begin, err)
	return out, err
}

func (s *Server) checkStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	ctx := stream.Context()
	if requiresLeader(ctx) {
		if s.leader.Load() == 0 {
			return rpctypes.ErrGRPCNoLeader
		}
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(ctx)
		defer cancel(nil)
		s.streams.add(ctx, cancel)
		defer s.streams.remove(ctx)
	}
	begin := time.Now()
	err := next(srv, &boundStream{stream, ctx})
	s.metrics.observe(info.FullMethod, begin, err)
	return err
}

// boundStream is a stream whose context may end before the client's does.
type boundStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (b *boundStream) Context() context.Context { return b.ctx }

// streamError returns why a stream's context ended.
func streamError(ctx context.Context) error { return toGRPC(context.Cause(ctx)) }
