package kv

import "github.com/tidwall/btree"

// get returns the newest version of a key that exists.
func (s *state) get(key []byte) (version, bool) { return s.live.Get(pivot(key, 0)) }

// getAt returns the version of a key that a read at a revision sees; there may
// be none, or a deletion.
func (s *state) getAt(key []byte, at Revision) (version, bool) {
	if v, ok := s.get(key); ok && v.main() <= at {
		return v, true
	}
	var found version
	s.history.Ascend(pivot(key, at), func(v version) bool {
		if v.key() == string(key) {
			found = v
		}
		return false
	})
	return found, found != ""
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
		s.live.Ascend(pivot(keys.start, 0), func(v version) bool {
			return !keys.endsBefore(v.key()) && yield(v)
		})
	default:
		s.visitPast(keys, at, yield)
	}
}

// visitPast merges both trees, which are sorted by key, and picks of each key
// the newest version that is not newer than at.
func (s *state) visitPast(keys *interval, at Revision, yield func(version) bool) {
	live, past := newCursor(s.live, keys.start), newCursor(s.history, keys.start)
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

// cursor walks a tree.
type cursor struct {
	iter btree.IterG[version]
	v    version
	key  string // of v
	ok   bool   // v is there
}

func newCursor(tree *btree.BTreeG[version], start []byte) *cursor {
	c := &cursor{iter: tree.Iter()}
	c.seek(pivot(start, 1<<62))
	return c
}

func (c *cursor) seek(p version) { c.set(c.iter.Seek(p)) }
func (c *cursor) next()          { c.set(c.iter.Next()) }

func (c *cursor) set(ok bool) {
	if c.ok = ok; ok {
		c.v = c.iter.Item()
		c.key = c.v.key()
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
				c.seek(pivot([]byte(key+"\x00"), 1<<62))
				continue
			}
		case steps == near:
			c.seek(pivot([]byte(key), at))
			continue
		}
		c.next()
	}
	return newest
}
