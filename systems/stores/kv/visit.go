package kv

// get returns the newest version of a key that exists.
func (s *state) get(key []byte) (version, bool) { return s.live.get(probe{key: text(key)}) }

// getAt returns the version of a key that a read at a revision sees; there may
// be none, or a deletion.
func (s *state) getAt(key []byte, at Revision) (version, bool) {
	if v, ok := s.get(key); ok && v.main() <= at {
		return v, true
	}
	v, ok := s.history.first(probe{text(key), at})
	if !ok || v.key() != string(key) {
		return "", false
	}
	return v, true
}

// visit calls yield for all keys of an interval that exist at a revision, in
// ascending order, until it returns false. Head is the newest revision.
func (s *state) visit(keys *interval, at, head Revision, yield func(version) bool) {
	switch {
	case keys.kind == oneKey:
		if v, ok := s.getAt(keys.start, at); ok && !v.deleted() {
			yield(v)
		}
	case at == head:
		s.live.ascend(probe{key: text(keys.start)}, func(v version) bool {
			return !keys.endsBefore(v.key()) && yield(v)
		})
	default:
		s.visitPast(keys, at, yield)
	}
}

// latest comes before every revision, where the newest comes first.
const latest Revision = 1<<63 - 1

// visitPast merges both trees, which are sorted by key, and picks of each key
// the newest version that is not newer than at.
func (s *state) visitPast(keys *interval, at Revision, yield func(version) bool) {
	start := probe{text(keys.start), latest}
	live, past := s.live.from(start), s.history.from(start)
	for live.ok || past.ok {
		key := live.key
		if !live.ok || past.ok && past.key < key {
			key = past.key
		}
		if keys.endsBefore(key) {
			return
		}
		var seen version
		if live.ok && live.key == key {
			if live.v.main() <= at {
				seen = live.v
			}
			live.next()
		}
		if past.ok && past.key == key {
			if v := past.skip(at); seen == "" {
				seen = v
			}
		}
		if seen != "" && !seen.deleted() && !yield(seen) {
			return
		}
	}
}

// skip leaves the key that the cursor of a history stands on, and returns the
// newest of its versions that is not newer than at.
func (c *cursor) skip(at Revision) (newest version) {
	const near = 8 // beyond that a search is faster than steps
	key := c.key
	for steps := 0; c.ok && c.key == key; steps++ {
		switch main := c.v.main(); {
		case main <= at:
			if newest == "" {
				newest = c.v
			}
			if steps > near {
				c.seek(probe{key + "\x00", latest})
				continue
			}
		case steps == near:
			c.seek(probe{key, at})
			continue
		}
		c.next()
	}
	return newest
}
