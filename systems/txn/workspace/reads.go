package workspace

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Reads is what a transaction has read. The zero value is nothing.
type Reads struct {
	few    []noted         // keys, each once, while they are no more than mostFew
	text   []byte          // of them, one after the other
	many   map[string]bool // all of them, once they are more
	sketch uint64          // has a bit for each of them: most others miss it
	ranges []scheme.Range
}

// noted is a key, somewhere in a text.
type noted struct {
	hash     uint64
	from, to int
}

// mostFew is up to how many keys are looked through one by one.
const mostFew = 64

// mostText is up to how many bytes the text of keys is used again.
const mostText = 4 << 10

// Key notes a key, whether or not there is an entry of that name.
func (r *Reads) Key(key []byte) {
	h := xxhash.Sum64(key)
	if r.has(h, string(key)) {
		return
	}
	r.sketch |= 1 << (h & 63)
	switch {
	case r.many != nil:
		r.many[string(key)] = true
	case len(r.few) < mostFew:
		r.note(h, key)
	default:
		r.many = map[string]bool{string(key): true}
		for _, n := range r.few {
			r.many[string(r.text[n.from:n.to])] = true
		}
		r.few, r.text = nil, nil
	}
}

// Clear makes the reads none, with the room that they had for a few.
func (r *Reads) Clear() {
	few, text := r.few[:0], r.text[:0]
	if *r = (Reads{}); cap(text) <= mostText {
		r.few, r.text = few, text
	}
}

func (r *Reads) note(hash uint64, key []byte) {
	if r.few == nil {
		r.few = make([]noted, 0, 16)
		r.text = make([]byte, 0, 16*len(key))
	}
	from := len(r.text)
	r.text = append(r.text, key...)
	r.few = append(r.few, noted{hash, from, len(r.text)})
}

// has tells whether a key of that hash was noted.
func (r *Reads) has(hash uint64, key string) bool {
	if r.sketch&(1<<(hash&63)) == 0 {
		return false
	}
	if r.many != nil {
		return r.many[key]
	}
	return slices.ContainsFunc(r.few, func(n noted) bool {
		return n.hash == hash && string(r.text[n.from:n.to]) == key
	})
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
	return r.sketch != 0 && r.has(xxhash.Sum64String(key), key) || r.Covers(key)
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
