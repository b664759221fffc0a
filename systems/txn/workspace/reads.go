package workspace

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Reads is what a transaction has read. The zero value is nothing.
type Reads struct {
	few    []string        // keys, each once, while they are no more than mostFew
	many   map[string]bool // all of them, once they are
	sketch uint64          // has the bit of each of them: most others miss it
	ranges []scheme.Range
}

// mostFew is up to how many keys are looked through one by one.
const mostFew = 64

// bit is a key's in a sketch.
func bit(key string) uint64 { return 1 << (xxhash.Sum64String(key) & 63) }

// Key notes a key, whether or not there is an entry of that name.
func (r *Reads) Key(key []byte) {
	b := uint64(1) << (xxhash.Sum64(key) & 63)
	if r.sketch&b != 0 && r.has(string(key)) {
		return
	}
	r.sketch |= b
	k := string(key)
	switch {
	case r.many != nil:
		r.many[k] = true
	case len(r.few) < mostFew:
		if r.few == nil {
			r.few = make([]string, 0, 16)
		}
		r.few = append(r.few, k)
	default:
		r.many = map[string]bool{k: true}
		for _, f := range r.few {
			r.many[f] = true
		}
		r.few = nil
	}
}

// has tells whether a key was noted, of which the sketch has the bit.
func (r *Reads) has(key string) bool {
	if r.many != nil {
		return r.many[key]
	}
	return slices.Contains(r.few, key)
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
func (r *Reads) Has(key string) bool {
	return r.sketch&bit(key) != 0 && r.has(key) || r.Covers(key)
}

// Covers tells whether a key lies in one of the ranges.
func (r *Reads) Covers(key string) bool {
	return len(r.ranges) > 0 &&
		slices.ContainsFunc(r.ranges, func(s scheme.Range) bool { return s.Contains([]byte(key)) })
}

// Common returns one of the keys that has been read.
func (r *Reads) Common(keys []string) (key string, found bool) {
	i := slices.IndexFunc(keys, r.Has)
	if i < 0 {
		return "", false
	}
	return keys[i], true
}
