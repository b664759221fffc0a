package etcd

import (
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// The door looks at its replica ten times a second: who leads, how far it is.
const lookEvery = 100 * time.Millisecond

// lostTicks is how many looks without a leader make a client that required one
// hear of it: elections shorter than that pass unnoticed, as with etcd.
const lostTicks = 30

func (s *Server) keepLooking() {
	defer close(s.watched)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if s.loop.Do(s.tick) != nil {
				s.desert()
				return
			}
			s.streams.check(s.lost.Load() >= lostTicks)
			s.tellHealth()
		case <-s.stopping:
			return
		case <-s.loop.Done():
			s.desert()
			return
		}
	}
}

// desert answers the direct calls that the replica, which is gone, will not answer
// any more. What waits otherwise sees for itself that the loop is done.
func (s *Server) desert() {
	s.health.Shutdown()
	select {
	case <-s.loop.Done(): // it answers nobody any more
	case <-s.stopping:
		return // connections are being cut
	}
	r := &s.requests
	r.mu.Lock()
	r.over = true
	left := r.direct
	r.direct = nil
	r.mu.Unlock()
	for _, q := range left {
		q.direct.fail(rpctypes.ErrGRPCStopped)
	}
}

// tick runs on the loop.
func (s *Server) tick(r Replica) {
	s.look(r)
	if s.leader.Load() == 0 {
		s.lost.Add(1)
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
	if s.leader.Load() != 0 {
		s.lost.Store(0) // before anybody opens a stream that wants a leader
	}
	s.revision.Store(int64(s.store.Revision()))
}

func (s *Server) tellHealth() {
	state := healthpb.HealthCheckResponse_SERVING
	if s.lost.Load() >= lostTicks {
		state = healthpb.HealthCheckResponse_NOT_SERVING
	}
	s.health.SetServingStatus("", state)
}
