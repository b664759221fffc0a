package kv

import "github.com/parleysystems/parley/systems/replication/rsm"

// lease is a promise to keep keys for as long as it is renewed. Nothing here
// measures time: that a lease ran out is a command like any other, proposed by
// the host that leads (see Expiry), and it is void if the lease was renewed
// since that host started to wait (I6).
type lease struct {
	id  LeaseID
	ttl int64 // seconds
	// generation is the index of the command that granted or renewed it last, so
	// no two leases that bear an ID one after the other share one.
	generation uint64
}

// LeaseObserver learns what happens to leases, as it is applied.
type LeaseObserver interface {
	// LeaseRenewed is called when a lease was granted or renewed.
	LeaseRenewed(id LeaseID, ttlSeconds int64, generation uint64)
	// LeaseEnded is called when a lease was revoked or has expired.
	LeaseEnded(id LeaseID)
	// LeasesReplaced is called when the whole state was.
	LeasesReplaced()
}

// ObserveLeases makes o the one observer of leases.
func (s *Store) ObserveLeases(o LeaseObserver) { s.leaser = o }

func (s *Store) lease(id LeaseID) (lease, bool) { return s.leases.Get(lease{id: id}) }

func (s *Store) leaseExists(id LeaseID) bool {
	_, ok := s.lease(id)
	return ok
}

// setLease adds or replaces a lease.
func (s *Store) setLease(l lease) {
	if old, replaced := s.leases.Set(l); replaced {
		s.digest -= old.hash()
	}
	s.digest += l.hash()
	if s.leaser != nil {
		s.leaser.LeaseRenewed(l.id, l.ttl, l.generation)
	}
}

func (s *Store) applyGrant(index rsm.Index, g *LeaseGrant, r *Result) Refusal {
	switch {
	case g.ID == 0:
		return ErrMalformed
	case g.TTL > MaxLeaseTTL:
		return ErrLeaseTTLTooLarge
	case s.leaseExists(g.ID):
		return ErrLeaseExists
	case s.leases.Len() >= MaxLeases:
		return ErrNoSpace
	}
	l := lease{id: g.ID, ttl: max(g.TTL, MinLeaseTTL), generation: uint64(index)}
	s.setLease(l)
	r.Lease = &LeaseResult{ID: l.id, TTL: l.ttl, Generation: l.generation}
	return 0
}

func (s *Store) applyKeepAlive(index rsm.Index, k *LeaseKeepAlive, r *Result) Refusal {
	l, ok := s.lease(k.ID)
	if !ok {
		return ErrLeaseNotFound
	}
	//parley:rule rsm.model.deterministic-operations value=uint64(index)+uint64(len(s.hub.all))
	l.generation = uint64(index)
	s.setLease(l)
	r.Lease = &LeaseResult{ID: l.id, TTL: l.ttl, Generation: l.generation}
	return 0
}

func (s *Store) applyRevoke(v *LeaseRevoke) Refusal {
	l, ok := s.lease(v.ID)
	if !ok {
		return ErrLeaseNotFound
	}
	s.end(l)
	return 0
}

func (s *Store) applyExpire(e *LeaseExpire) Refusal {
	l, ok := s.lease(e.ID)
	if !ok {
		return ErrLeaseNotFound
	}
	//parley:rule lease.renewal.before-expiry force=false
	if l.generation != e.Generation {
		return ErrLeaseRenewed
	}
	s.end(l)
	return 0
}

// end drops a lease and deletes its keys, all in one revision.
func (s *Store) end(l lease) {
	for _, key := range s.attached.keys(l.id) {
		v, ok := s.get(view(key))
		if !ok {
			panic("kv: a lease holds a key that does not exist")
		}
		s.delete(v)
	}
	s.leases.Delete(l)
	s.digest -= l.hash()
	if s.leaser != nil {
		s.leaser.LeaseEnded(l.id)
	}
}

func (s *Store) timeToLive(q *TimeToLive) *LeaseStatus {
	l, ok := s.lease(q.ID)
	if !ok {
		return &LeaseStatus{Err: ErrLeaseNotFound, ID: q.ID, Revision: s.rev}
	}
	status := &LeaseStatus{ID: l.id, TTL: l.ttl, Generation: l.generation, Revision: s.rev}
	if q.Keys {
		for _, key := range s.attached.keys(l.id) {
			status.Keys = append(status.Keys, view(key))
		}
	}
	return status
}

func (s *Store) listLeases() []LeaseID {
	ids := make([]LeaseID, 0, s.leases.Len())
	s.leases.Scan(func(l lease) bool {
		ids = append(ids, l.id)
		return true
	})
	return ids
}
