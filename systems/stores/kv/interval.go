package kv

import "bytes"

// interval is a set of keys: from start up to but without end, or without an
// upper end, or start alone.
type interval struct {
	start, end []byte
	kind       intervalKind
}

type intervalKind uint8

const (
	oneKey intervalKind = iota
	bounded
	unbounded
)

// newInterval reads the two fields by which requests name an interval: no
// rangeEnd for one key, a single zero byte for no upper end.
func newInterval(key, rangeEnd []byte) interval {
	switch {
	case len(rangeEnd) == 0:
		return interval{key, nil, oneKey}
	case len(rangeEnd) == 1 && rangeEnd[0] == 0:
		return interval{key, nil, unbounded}
	}
	return interval{key, rangeEnd, bounded}
}

// contains tells whether key is in the interval.
func (i *interval) contains(key string) bool {
	if i.kind == oneKey {
		return key == string(i.start)
	}
	return key >= string(i.start) && !i.endsBefore(key)
}

// endsBefore tells whether key and all keys behind it lie behind the interval.
func (i *interval) endsBefore(key string) bool {
	switch i.kind {
	case oneKey:
		return key > string(i.start)
	case bounded:
		return key >= string(i.end)
	}
	return false
}

// prefix returns the prefix that exactly the keys of the interval have, if
// there is one: end is then start with its last byte raised by one.
func (i *interval) prefix() ([]byte, bool) {
	if i.kind == unbounded {
		return nil, len(i.start) == 0 || len(i.start) == 1 && i.start[0] == 0
	}
	last := len(i.end) - 1
	if i.kind == oneKey || last < 0 || len(i.start) <= last {
		return nil, false
	}
	// PrefixEnd drops trailing 0xff bytes before it raises the last byte.
	for _, b := range i.start[last+1:] {
		if b != 0xff {
			return nil, false
		}
	}
	if !bytes.Equal(i.start[:last], i.end[:last]) || i.start[last] == 0xff || i.start[last]+1 != i.end[last] {
		return nil, false
	}
	return i.start, true
}
