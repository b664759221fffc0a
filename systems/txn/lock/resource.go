package lock

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Resource is what can be locked.
type Resource struct {
	kind     kind
	from, to string // a key is from; a range reaches from here to there
	open     bool   // the range has no upper end
}

type kind uint8

const (
	database kind = iota
	key
	span
)

// Database returns the granule above all keys.
func Database() Resource { return Resource{} }

// Key returns a key, whether or not there is an entry of that name.
func Key(k []byte) Resource { return Resource{kind: key, from: string(k)} }

// Range returns all keys of a range.
func Range(r scheme.Range) Resource {
	return Resource{kind: span, from: string(r.From), to: string(r.To), open: r.To == nil}
}

// contains tells whether a key lies in the range.
func (r Resource) contains(k string) bool { return r.from <= k && (r.open || k < r.to) }

// empty tells whether there can be no key in the range.
func (r Resource) empty() bool { return r.kind == span && !r.open && r.to <= r.from }

// Overlaps tells whether locks on the two can be in conflict. The database
// overlaps itself alone: intentions tell of what is locked below.
func (r Resource) Overlaps(s Resource) bool {
	switch {
	case r.kind == database || s.kind == database:
		return r.kind == s.kind
	case r.kind == key && s.kind == key:
		return r.from == s.from
	case r.kind == key:
		return s.contains(r.from)
	case s.kind == key:
		return r.contains(s.from)
	}
	return !r.empty() && !s.empty() && (s.open || r.from < s.to) && (r.open || s.from < r.to)
}

// within tells whether a lock on s makes one on r unnecessary.
func (r Resource) within(s Resource) bool {
	switch {
	case s.kind != span:
		return r == s
	case r.kind == key:
		return s.contains(r.from)
	case r.kind == span:
		return r.empty() || s.from <= r.from && (s.open || !r.open && r.to <= s.to)
	}
	return false
}

// touches tells whether two ranges overlap or adjoin, so that their union is one.
func (r Resource) touches(s Resource) bool {
	return (r.open || s.from <= r.to) && (s.open || r.from <= s.to)
}

// union returns the range of all keys of two that touch.
func (r Resource) union(s Resource) Resource {
	u := Resource{kind: span, from: min(r.from, s.from), open: r.open || s.open}
	if !u.open {
		u.to = max(r.to, s.to)
	}
	return u
}

// String renders the resource: database, "k", ["a", "b") or ["a", end).
func (r Resource) String() string {
	switch {
	case r.kind == database:
		return "database"
	case r.kind == key:
		return fmt.Sprintf("%q", r.from)
	case r.open:
		return fmt.Sprintf("[%q, end)", r.from)
	}
	return fmt.Sprintf("[%q, %q)", r.from, r.to)
}
