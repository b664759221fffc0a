package kv

import (
	"cmp"
	"slices"
)

// changeLog lists what has not been trimmed, in order.
func (s *state) changeLog() (l changeLog) {
	l.arena = s.arena
	type placed struct {
		at  place
		ref ref
	}
	changes := make([]placed, 0, s.live.len()+s.history.len())
	for _, t := range []*tree{s.live, s.history} {
		t.allRefs(func(r ref) bool {
			if at := s.arena.head(r).place(); s.trimmed.before(at) {
				changes = append(changes, placed{at, r})
			}
			return true
		})
	}
	//parley:noties a place belongs to one change
	slices.SortFunc(changes, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.at.main, b.at.main), cmp.Compare(a.at.sub, b.at.sub))
	})
	for _, c := range changes {
		l.push(c.ref)
	}
	return l
}

// attachments lists the keys of all leases.
func (s *state) attachments() attachment {
	a := newAttachment()
	s.live.allRefs(func(r ref) bool {
		if f := s.arena.head(r).fields(); f.lease != 0 {
			a.move(view(f.key), 0, f.lease)
		}
		return true
	})
	return a
}
