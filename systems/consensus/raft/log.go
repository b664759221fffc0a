package raft

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
)

// entryLog is the log (§5.3), held in memory from base on and written through
// to the host's write-ahead log.
//
//	          base     base+1            last
//	┄┄┄┄┄┄┄┄┄┄┬────────┬────────┬─┄┄┄┄┬────────┐
//	 snapshot │ dropped│ entries[0]    │        │
//	┄┄┄┄┄┄┄┄┄┄┴────────┴────────┴─┄┄┄┄┴────────┘
//
// Of the entry at base only the term is known: the consistency check of the
// entry behind it needs that.
type entryLog struct {
	stream   node.Log
	scratch  []byte
	base     Index
	baseTerm Term
	entries  []Entry
	lsn      []node.LSN // of each entry's record
	bytes    int64      // sum of the entries' sizes
}

func (l *entryLog) last() Index { return l.base + Index(len(l.entries)) }

func (l *entryLog) lastTerm() Term { return l.term(l.last()) }

// at returns the entry at an index that is held.
func (l *entryLog) at(i Index) *Entry { return &l.entries[i-l.base-1] }

// holds tells whether the term at an index is known.
func (l *entryLog) holds(i Index) bool { return i >= l.base && i <= l.last() }

// term returns the term of the entry at an index that is known.
func (l *entryLog) term(i Index) Term {
	if i == l.base {
		return l.baseTerm
	}
	return l.at(i).Term
}

// append adds entries at the end, in memory and on disk.
func (l *entryLog) append(entries ...Entry) {
	for i := range entries {
		e := &entries[i]
		l.scratch = appendEntryRecord(l.scratch[:0], l.last()+1, e)
		l.push(*e, l.stream.Append(l.scratch))
	}
}

func (l *entryLog) push(e Entry, lsn node.LSN) {
	if n := len(l.entries); n == cap(l.entries) {
		// Twice as large: append itself grows large slices by a quarter, which
		// copies every entry four times.
		l.entries, l.lsn = slices.Grow(l.entries, n+minEntries), slices.Grow(l.lsn, n+minEntries)
	}
	l.entries = append(l.entries, e)
	l.lsn = append(l.lsn, lsn)
	l.bytes += e.size()
}

// minEntries is what a log has room for when it begins to grow.
const minEntries = 16

// truncate removes the entry at index i and all behind it, in memory. On disk
// the record of the entry that takes their place says the same (see state.go).
func (l *entryLog) truncate(i Index) {
	if i <= l.base {
		panic(fmt.Sprintf("raft: truncate from %d a log that begins behind %d", i, l.base))
	}
	keep := int(i - l.base - 1)
	for j := keep; j < len(l.entries); j++ {
		l.bytes -= l.entries[j].size()
	}
	// Clipped: what comes next must not overwrite what messages on their way show.
	l.entries, l.lsn = l.entries[:keep:keep], l.lsn[:keep]
}

// drop forgets the entries up to index i, in memory.
func (l *entryLog) drop(i Index) {
	if i <= l.base {
		return
	}
	n := int(i - l.base)
	l.baseTerm = l.term(i)
	for j := range n {
		l.bytes -= l.entries[j].size()
	}
	// Copied, so that the dropped commands can be collected.
	l.entries = append(make([]Entry, 0, len(l.entries)-n+minEntries), l.entries[n:]...)
	l.lsn = append(make([]node.LSN, 0, cap(l.entries)), l.lsn[n:]...)
	l.base = i
}

// restart empties the log: it goes on behind an entry of which a snapshot holds
// the effect.
func (l *entryLog) restart(base Index, term Term) {
	l.base, l.baseTerm, l.entries, l.lsn, l.bytes = base, term, nil, nil, 0
}

// upToDate tells whether a log that ends with an entry of that term and index
// is at least as complete as this one: the later term decides, then the length
// (§5.4.1).
func (l *entryLog) upToDate(lastTerm Term, lastIndex Index) bool {
	if lastTerm != l.lastTerm() {
		return lastTerm > l.lastTerm()
	}
	return lastIndex >= l.last()
}

// lastAtOrBelow returns the last entry at or before index i whose term is at
// most term: where a log with such an entry may begin to agree with this one.
// If that lies before the base, whose term is too high as well, all that is
// known is that it does.
func (l *entryLog) lastAtOrBelow(i Index, term Term) (Index, Term) {
	i = min(i, l.last())
	for i >= l.base && l.term(i) > term {
		i--
	}
	if i < l.base {
		return i, 0
	}
	return i, l.term(i)
}

// between returns the entries from index from on: at least one if there is any,
// and at most as many as count and bytes allow. The slice is a view: entries
// never change, only the log's end does.
func (l *entryLog) between(from Index, count int, bytes int64) []Entry {
	all := l.entries[from-l.base-1:]
	n := 0
	for size := int64(0); n < len(all) && n < count; n++ {
		if size += all[n].size(); n > 0 && size > bytes {
			break
		}
	}
	return all[:n:n]
}
