package kv

import (
	"bytes"
	"cmp"
)

// holds tells whether all comparisons hold.
func (s *Store) holds(compares []Compare) bool {
	for i := range compares {
		if !s.compare(&compares[i]) {
			return false
		}
	}
	return true
}

func (s *Store) compare(c *Compare) bool {
	keys := newInterval(c.Key, c.RangeEnd)
	found, holds := false, true
	s.visit(&keys, s.rev, s.rev, func(v version) bool {
		f := v.fields()
		found, holds = true, c.accepts(&f)
		return holds
	})
	if found {
		return holds
	}
	return c.Target != CompareValue && c.accepts(&fields{})
}

func (c *Compare) accepts(f *fields) bool {
	var order int
	switch c.Target {
	case CompareVersion:
		order = cmp.Compare(f.count, c.Number)
	case CompareCreate:
		order = cmp.Compare(int64(f.create), c.Number)
	case CompareMod:
		order = cmp.Compare(int64(f.main), c.Number)
	case CompareValue:
		order = bytes.Compare(view(f.value), c.Value)
	case CompareLease:
		order = cmp.Compare(int64(f.lease), c.Number)
	}
	switch c.Relation {
	case Equal:
		return order == 0
	case Greater:
		return order > 0
	case Less:
		return order < 0
	}
	return order != 0
}
