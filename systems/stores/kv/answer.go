package kv

// Len returns the number of keys that exist.
func (s *Store) Len() int { return s.live.len() }

// Watchers returns the number of watches.
func (s *Store) Watchers() int { return s.hub.count }

// Query answers the questions that query.go lists, and nil to any other.
func (s *Store) Query(question any) any {
	switch q := question.(type) {
	case *Range:
		r := s.read(q, s.rev)
		return &r
	case *Txn:
		return s.readOnlyTxn(q)
	case *TimeToLive:
		return s.timeToLive(q)
	case ListLeases:
		return s.listLeases()
	case ListAlarms:
		return s.alarms
	case GetStatus:
		return s.status()
	case Pin:
		return s.pin()
	}
	return nil
}

func (s *Store) status() *Status {
	return &Status{
		Revision: s.rev, CompactRevision: s.compacted,
		Keys: s.live.len(), Versions: s.live.len() + s.history.len(),
		Bytes: s.bytes, Quota: s.options.Quota,
		Leases: s.leases.Len(), Watchers: s.hub.count, Alarms: s.alarms,
	}
}
