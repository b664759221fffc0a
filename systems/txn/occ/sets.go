package occ

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// reads is what a transaction has read.
type reads struct {
	keys   map[string]bool
	ranges []scheme.Range
}

// has tells whether a key, if changed, could have been read otherwise.
func (r *reads) has(key string) bool {
	return r.keys[key] || slices.ContainsFunc(r.ranges, func(s scheme.Range) bool { return s.Contains([]byte(key)) })
}

// copies are the private copies of what a transaction writes.
type copies struct {
	values map[string]written
	keys   []string // in order
}

// written is what a key is to hold.
type written struct {
	value []byte
	there bool // false: the key is to be gone
}

func (c *copies) set(key string, w written) {
	if i, found := slices.BinarySearch(c.keys, key); !found {
		c.keys = slices.Insert(c.keys, i, key)
	}
	c.values[key] = w
}

// seek returns the first key of a range, in its direction.
func (c *copies) seek(r scheme.Range) (key string, found bool) {
	i, _ := slices.BinarySearch(c.keys, string(r.From))
	if r.Reverse {
		i = len(c.keys) - 1
		if r.To != nil {
			i, _ = slices.BinarySearch(c.keys, string(r.To))
			i--
		}
	}
	if i < 0 || i >= len(c.keys) || !r.Contains([]byte(c.keys[i])) {
		return "", false
	}
	return c.keys[i], true
}

// common returns a key of a sorted list that a set has.
func common(keys []string, has func(string) bool) (key string, found bool) {
	i := slices.IndexFunc(keys, has)
	if i < 0 {
		return "", false
	}
	return keys[i], true
}

// add notes a range, as one with the one before if it goes on from there.
func (r *reads) add(s scheme.Range) {
	if s.To != nil && string(s.To) <= string(s.From) {
		return
	}
	if n := len(r.ranges); n > 0 && r.ranges[n-1].Reverse == s.Reverse {
		switch last := &r.ranges[n-1]; {
		case !s.Reverse && last.To != nil && string(last.To) == string(s.From):
			last.To = s.To
			return
		case s.Reverse && s.To != nil && last.From != nil && string(last.From) == string(s.To):
			last.From = s.From
			return
		}
	}
	r.ranges = append(r.ranges, s)
}
