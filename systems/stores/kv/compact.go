package kv

// A compaction gives up what no read at its revision or later can see: of each
// key, all versions but the newest up to that revision, and that one too if it
// is a deletion. The reads are refused at once; the memory is given back piece
// by piece, a few versions with every later command, since a replica that
// swept a million versions in one go would miss its heartbeats. How far the
// sweep has come is replicated state like everything else: the same on all
// replicas after the same commands.
const (
	sweepPerCommand    = 16
	sweepPerCompaction = 1024
)

// applyCompact executes a Compact.
func (s *Store) applyCompact(c *Compact) Refusal {
	switch {
	case c.Revision <= s.compacted:
		return ErrCompacted
	case c.Revision > s.rev:
		return ErrFutureRevision
	}
	s.compacted = c.Revision
	s.sweep(sweepPerCompaction)
	return 0
}

// sweep handles the next n changes before the compacted revision: whatever
// such a change superseded can no longer be read (I4). Changes at the compacted
// revision itself stay, so that a watch may start there.
func (s *Store) sweep(n int) {
	for ; n > 0 && s.changes.len() > 0; n-- {
		v := s.changes.front()
		at := v.place()
		if at.main >= s.compacted {
			return
		}
		s.changes.pop()
		s.swept = at
		s.forgetBefore(v, at.main)
		if v.deleted() {
			s.forget(v)
		}
	}
}

// forgetBefore drops the version that v superseded. There is one at most: older
// ones went when that one was swept.
func (s *Store) forgetBefore(v version, main Revision) {
	key := v.key()
	var before version
	s.history.AscendHint(pivot(view(key), main-1), func(older version) bool {
		if older.key() == key {
			before = older
		}
		return false
	}, &s.hints.sweep)
	if before != "" {
		s.forget(before)
	}
}

func (s *Store) forget(v version) {
	if _, ok := s.history.DeleteHint(v, &s.hints.sweep); ok {
		s.remove(v)
	}
}
