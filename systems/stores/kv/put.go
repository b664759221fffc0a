package kv

// change is what a command did to one key.
type change struct {
	now, before version // before is empty if the key did not exist
	ref         ref     // of now
}

// applyPut executes a Put.
func (s *Store) applyPut(p *Put, r *Result) Refusal {
	if refusal := s.checkPut(p); refusal != 0 {
		return refusal
	}
	r.Put = s.put(p)
	return 0
}

// checkPut tells whether put will succeed. Within a transaction all checks run
// before the first change.
func (s *Store) checkPut(p *Put) Refusal {
	switch {
	case len(p.Key) == 0:
		return ErrEmptyKey
	case p.IgnoreValue && len(p.Value) > 0:
		return ErrValueProvided
	case p.IgnoreLease && p.Lease != 0:
		return ErrLeaseProvided
	case p.Lease != 0 && !s.leaseExists(p.Lease):
		return ErrLeaseNotFound
	}
	if p.IgnoreValue || p.IgnoreLease {
		if _, ok := s.get(p.Key); !ok {
			return ErrKeyNotFound
		}
	}
	return 0
}

// put sets a key in the revision that is being made. It has been checked.
func (s *Store) put(p *Put) *PutResult {
	main := s.rev + 1
	f := fields{main: main, sub: uint64(len(s.txn)), create: main, count: 1, lease: p.Lease}
	value := p.Value
	before, existed := s.get(p.Key)
	var old fields
	if existed {
		old = before.fields()
		f.create, f.count = old.create, old.count+1
		if p.IgnoreValue {
			value = view(old.value)
		}
		if p.IgnoreLease {
			f.lease = old.lease
		}
	}
	s.replace(&f, p.Key, value, before)
	s.attached.move(p.Key, old.lease, f.lease)
	if !p.PrevKV || !existed {
		return noPrev
	}
	pair := before.pair()
	return &PutResult{Prev: &pair}
}

// noPrev answers most Puts; nobody writes to it.
var noPrev = &PutResult{}

// replace makes the newest version of a key, and a past one of before.
func (s *Store) replace(f *fields, key, value []byte, before version) {
	r, now := s.arena.build(f, key, value)
	var old ref
	if f.deleted {
		old = s.live.delete(probe{key: text(key)})
		s.history.set(r)
	} else {
		old, _ = s.live.set(r)
	}
	if before != "" {
		s.history.set(old)
	}
	s.add(now)
	s.txn = append(s.txn, change{now, before, r})
}

// applyDeleteRange executes a DeleteRange.
func (s *Store) applyDeleteRange(d *DeleteRange, r *Result) Refusal {
	if len(d.Key) == 0 {
		return ErrEmptyKey
	}
	r.DeleteRange = s.deleteRange(d)
	return 0
}

// deleteRange deletes in the revision that is being made. It has been checked.
func (s *Store) deleteRange(d *DeleteRange) *Deleted {
	keys := newInterval(d.Key, d.RangeEnd)
	var doomed []version
	head := s.head()
	s.visit(&keys, head, head, func(v version) bool {
		doomed = append(doomed, v)
		return true
	})
	deleted := &Deleted{Count: int64(len(doomed))}
	for _, v := range doomed {
		s.delete(v)
		if d.PrevKV {
			deleted.Prev = append(deleted.Prev, v.pair())
		}
	}
	return deleted
}

// delete deletes the key of which v is the newest version.
func (s *Store) delete(v version) {
	f := v.fields()
	tombstone := fields{main: s.rev + 1, sub: uint64(len(s.txn)), deleted: true}
	s.replace(&tombstone, view(f.key), nil, v)
	s.attached.move(view(f.key), f.lease, 0)
}
