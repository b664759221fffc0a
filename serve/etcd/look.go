package etcd

import (
	"context"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// The door looks at its replica ten times a second: who leads, which leases ran
// out, whether there is room.
const lookEvery = 100 * time.Millisecond

// lostTicks is how many looks without a leader make a client that required one
// hear of it: elections shorter than that pass unnoticed, as with etcd.
const lostTicks = 30

// expiriesPerLook bounds the leases that one look ends.
const expiriesPerLook = 1000

func (s *Server) keepLooking() {
	defer close(s.watched)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if s.loop.Do(s.tick) != nil {
				return
			}
			s.streams.check(s.lost.Load() >= lostTicks)
			s.tellHealth()
		case <-s.stopping:
			return
		case <-s.loop.Done():
			s.health.Shutdown()
			return
		}
	}
}

// tick runs on the loop.
func (s *Server) tick(r Replica) {
	s.look(r)
	if s.leader.Load() == 0 {
		s.lost.Add(1)
	} else {
		s.lost.Store(0)
	}
	for _, e := range s.expiry.Due(expiriesPerLook) {
		command := kv.Command{LeaseExpire: e}
		r.Propose(command.Encode(), func([]byte, error) {}) // if it fails it falls due again
	}
}

// look notes on the loop what others want to know without going there.
func (s *Server) look(r Replica) {
	leader, epoch := r.Engine().Leader()
	if epoch != s.epoch.Load() || leader == "" || s.leader.Load() == 0 {
		id := uint64(0)
		if leader != "" {
			id = memberID(leader)
		}
		s.leader.Store(id)
		s.epoch.Store(epoch)
	}
	s.expiry.Lead(epoch, leader != "" && leader == s.selfAddr())
	s.revision.Store(int64(s.store.Revision()))
}

func (s *Server) selfAddr() node.Addr { return s.options.Self }

// alarmNoSpace has the alarm raised, once for a number of refused writes.
func (s *Server) alarmNoSpace(r Replica) {
	if s.alarming {
		return
	}
	s.alarming = true
	command := kv.Command{AlarmActivate: &kv.AlarmActivate{Kind: kv.AlarmNoSpace, Member: s.self}}
	s.log.Warn("no space: quota is used up", "bytes", s.store.Size())
	r.Propose(command.Encode(), func([]byte, error) { s.alarming = false })
}

func (s *Server) tellHealth() {
	state := healthpb.HealthCheckResponse_SERVING
	if s.lost.Load() >= lostTicks {
		state = healthpb.HealthCheckResponse_NOT_SERVING
	}
	s.health.SetServingStatus("", state)
}

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

func (s *Server) checkUnary(ctx context.Context, in any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if s.leader.Load() == 0 && requiresLeader(ctx) {
		return nil, rpctypes.ErrGRPCNoLeader
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
