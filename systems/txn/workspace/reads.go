package workspace

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Reads is what a transaction has read. The zero value is nothing.
type Reads struct {
	keys   map[string]bool
	ranges []scheme.Range
}

// Key notes a key, whether or not there is an entry of that name.
func (r *Reads) Key(key []byte) {
	if r.keys[string(key)] {
		return
	}
	if r.keys == nil {
		r.keys = map[string]bool{}
	}
	r.keys[string(key)] = true
}

// Range notes all keys of a range, as one with the range before if it goes on from
// there: a scan is one range however far it walks.
func (r *Reads) Range(s scheme.Range) {
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

// Has tells whether a key, if changed, could have been read otherwise.
func (r *Reads) Has(key string) bool { return r.keys[key] || r.Covers(key) }

// Covers tells whether a key lies in one of the ranges.
func (r *Reads) Covers(key string) bool {
	return slices.ContainsFunc(r.ranges, func(s scheme.Range) bool { return s.Contains([]byte(key)) })
}

// Common returns one of the keys that has been read.
func (r *Reads) Common(keys []string) (key string, found bool) {
	i := slices.IndexFunc(keys, r.Has)
	if i < 0 {
		return "", false
	}
	return keys[i], true
}
