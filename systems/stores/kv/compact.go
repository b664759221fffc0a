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

// sweep takes up to n steps through the changes up to the compacted revision,
// of two kinds. A change is swept: what it superseded can no longer be read (I4).
// And, if it lies before the compacted revision, it is trimmed: no watch may
// start there any more, so it leaves the list, and if it is a deletion the
// history too.
func (s *Store) sweep(n int) {
	for ; n > 0 && s.changes.len() > 0; n-- {
		if v := s.changes.front(); s.sweptHere > 0 && v.main() < s.compacted {
			s.trim(v)
			continue
		}
		if s.sweptHere == s.changes.len() {
			return
		}
		v := s.changes.at(s.sweptHere)
		at := v.place()
		if at.main > s.compacted {
			return
		}
		s.forgetBefore(v, at.main)
		s.swept = at
		s.sweptHere++
	}
}

// trim drops the first change, v, which has been swept.
func (s *Store) trim(v version) {
	s.changes.pop()
	s.sweptHere--
	s.trimmed = v.place()
	if v.deleted() {
		s.forget(v)
	}
}

// forgetBefore drops the version that v superseded. There is one at most: older
// ones went when that one was swept, before this.
func (s *Store) forgetBefore(v version, main Revision) {
	key := v.key()
	before, ok := s.history.first(probe{key, main - 1})
	if ok && before.key() == key {
		s.forget(before)
	}
}

// forget drops a past version.
func (s *Store) forget(v version) {
	s.remove(v)
	s.arena.free(s.history.delete(probeOf(v)))
}
