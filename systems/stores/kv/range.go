package kv

import (
	"cmp"
	"slices"
	"strings"
)

// read answers a Range against a store whose newest revision is head. That is
// s.rev, or one more within a transaction that has already changed something.
func (s *state) read(q *Range, head Revision) RangeResult {
	if refusal := s.checkRange(q, head); refusal != 0 {
		return RangeResult{Revision: head, Err: refusal}
	}
	at := q.Revision
	if at <= 0 {
		at = head
	}
	r := RangeResult{Revision: head}
	keys := newInterval(q.Key, q.RangeEnd)
	if q.CountOnly {
		r.Count = s.count(&keys, at, head)
		return r
	}
	found := s.collect(&r, q, &keys, at, head)
	sortVersions(found, q)
	if q.Limit > 0 && int64(len(found)) > q.Limit {
		found, r.More = found[:q.Limit], true
	}
	r.KVs = make([]KeyValue, len(found))
	for i, v := range found {
		r.KVs[i] = v.pair()
		if q.KeysOnly {
			r.KVs[i].Value = nil
		}
	}
	return r
}

// checkRange refuses what cannot be read.
func (s *state) checkRange(q *Range, head Revision) Refusal {
	switch {
	case len(q.Key) == 0:
		return ErrEmptyKey
	case q.SortOrder > SortDescend || q.SortTarget > SortByValue:
		return ErrMalformed
	case q.Revision > head:
		return ErrFutureRevision
	case q.Revision > 0 && q.Revision < s.compacted:
		return ErrCompacted
	}
	return 0
}

// collect gathers the versions that q asks for, one beyond the limit where that
// is known to be enough, and sets r.Count.
func (s *state) collect(r *RangeResult, q *Range, keys *interval, at, head Revision) []version {
	enough := int64(-1)
	if q.Limit > 0 && !q.resorts() && !q.filters() {
		enough = q.Limit + 1
	}
	var found []version
	s.visit(keys, at, head, func(v version) bool {
		r.Count++
		if q.admits(v) {
			found = append(found, v)
		}
		return int64(len(found)) != enough
	})
	if int64(len(found)) == enough {
		r.Count = s.count(keys, at, head)
	}
	return found
}

// resorts tells whether q wants another order than the ascending one of keys.
func (q *Range) resorts() bool {
	return q.SortOrder == SortDescend || q.SortTarget != SortByKey
}

func (q *Range) filters() bool {
	return q.MinModRevision != 0 || q.MaxModRevision != 0 || q.MinCreateRevision != 0 || q.MaxCreateRevision != 0
}

// admits applies the bounds on revisions.
func (q *Range) admits(v version) bool {
	if !q.filters() {
		return true
	}
	f := v.fields()
	within := func(r, low, high Revision) bool { return r >= low && (high == 0 || r <= high) }
	return within(f.main, q.MinModRevision, q.MaxModRevision) &&
		within(f.create, q.MinCreateRevision, q.MaxCreateRevision)
}

// sortVersions orders found, which is ascending by key, as q wants it. Ties
// stay ascending by key in both orders.
func sortVersions(found []version, q *Range) {
	if !q.resorts() {
		return
	}
	compare := byTarget[q.SortTarget]
	slices.SortStableFunc(found, func(a, b version) int {
		fa, fb := a.fields(), b.fields()
		if q.SortOrder == SortDescend {
			return compare(&fb, &fa)
		}
		return compare(&fa, &fb)
	})
}

var byTarget = [...]func(a, b *fields) int{
	SortByKey:     func(a, b *fields) int { return strings.Compare(a.key, b.key) },
	SortByVersion: func(a, b *fields) int { return cmp.Compare(a.count, b.count) },
	SortByCreate:  func(a, b *fields) int { return cmp.Compare(a.create, b.create) },
	SortByMod:     func(a, b *fields) int { return cmp.Compare(a.main, b.main) },
	SortByValue:   func(a, b *fields) int { return strings.Compare(a.value, b.value) },
}

// count returns how many keys of the interval exist at a revision. For the
// newest that takes O(log n), whatever the number.
func (s *state) count(keys *interval, at, head Revision) (n int64) {
	if at != head || keys.kind == oneKey {
		s.visit(keys, at, head, func(version) bool { n++; return true })
		return n
	}
	end := s.live.len()
	if keys.kind == bounded {
		end = s.live.rank(probe{key: text(keys.end)})
	}
	return int64(max(0, end-s.live.rank(probe{key: text(keys.start)})))
}
